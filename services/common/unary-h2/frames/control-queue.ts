import type { ErrorCode } from '../error-code.ts';
import { Flag, FRAME_HEADER_BYTES, FrameType, write32Bits, writeFrameHeader } from './frame.ts';

const FIRST_BYTES = 64;
/** What is kept for the next time; a larger buffer was for a burst. */
const KEPT_BYTES = 1_024;

/** Frames of our own that wait for the next write: SETTINGS and PING acknowledgements, RST_STREAM, WINDOW_UPDATE, GOAWAY. */
export class ControlQueue {
  #octets = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  acknowledgeSettings(): void {
    this.#begin(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** The acknowledgement has the opaque data of the PING (RFC 9113 section 6.7). */
  acknowledgePing(octets: Buffer, start: number, end: number): void {
    const at = this.#begin(8, FrameType.PING, Flag.ACK, 0);
    octets.copy(this.#octets, at, start, end);
  }

  ping(data: Buffer): void {
    const at = this.#begin(8, FrameType.PING, 0, 0);
    data.copy(this.#octets, at);
  }

  resetStream(streamId: number, code: ErrorCode): void {
    const at = this.#begin(4, FrameType.RST_STREAM, 0, streamId);
    write32Bits(this.#octets, at, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    const at = this.#begin(4, FrameType.WINDOW_UPDATE, 0, streamId);
    write32Bits(this.#octets, at, increment);
  }

  /** Without debug data: what we think of a peer is for our log. */
  goAway(lastStreamId: number, code: ErrorCode): void {
    const at = this.#begin(8, FrameType.GOAWAY, 0, 0);
    write32Bits(this.#octets, at, lastStreamId);
    write32Bits(this.#octets, at + 4, code);
  }

  /** Moves everything to `target`, which has room for `length` octets. */
  moveTo(target: Buffer, at: number): void {
    this.#octets.copy(target, at, 0, this.#length);
    this.#length = 0;
    if (this.#octets.length > KEPT_BYTES) this.#octets = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** Writes a frame's header and returns where its payload is to go in `#octets`, which may be another buffer after this call. */
  #begin(length: number, type: number, flags: number, streamId: number): number {
    const end = this.#length + FRAME_HEADER_BYTES + length;
    if (end > this.#octets.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#octets.length * 2));
      this.#octets.copy(larger, 0, 0, this.#length);
      this.#octets = larger;
    }
    const payload = writeFrameHeader(this.#octets, this.#length, length, type, flags, streamId);
    this.#length = end;
    return payload;
  }
}
