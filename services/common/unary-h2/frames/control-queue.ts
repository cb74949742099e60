import type { ErrorCode } from '../error-code.ts';
import { Flag, FRAME_HEADER_BYTES, FrameType, write32Bits, writeFrameHeader } from './frame.ts';

const INITIAL_BYTES = 64;
/** A larger buffer is released after use. */
const MAX_RETAINED_BYTES = 1_024;

/** Control frames for the next write: acknowledgements of SETTINGS and PING, PING, RST_STREAM, WINDOW_UPDATE, GOAWAY. */
export class ControlQueue {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  acknowledgeSettings(): void {
    this.#append(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** Carries the opaque data of the PING (RFC 9113 section 6.7). */
  acknowledgePing(bytes: Buffer, start: number, end: number): void {
    const at = this.#append(8, FrameType.PING, Flag.ACK, 0);
    bytes.copy(this.#buffer, at, start, end);
  }

  ping(data: Buffer): void {
    const at = this.#append(8, FrameType.PING, 0, 0);
    data.copy(this.#buffer, at);
  }

  resetStream(streamId: number, code: ErrorCode): void {
    const at = this.#append(4, FrameType.RST_STREAM, 0, streamId);
    write32Bits(this.#buffer, at, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    const at = this.#append(4, FrameType.WINDOW_UPDATE, 0, streamId);
    write32Bits(this.#buffer, at, increment);
  }

  /** Sends no debug data: details go to `onError` only. */
  goAway(lastStreamId: number, code: ErrorCode): void {
    const at = this.#append(8, FrameType.GOAWAY, 0, 0);
    write32Bits(this.#buffer, at, lastStreamId);
    write32Bits(this.#buffer, at + 4, code);
  }

  /** Moves everything to `target`, which must have space for `length` bytes. */
  moveTo(target: Buffer, at: number): void {
    this.#buffer.copy(target, at, 0, this.#length);
    this.#length = 0;
    if (this.#buffer.length > MAX_RETAINED_BYTES) this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  }

  /** Writes a frame header and returns the offset of its payload in `#buffer`, which this call may replace. */
  #append(length: number, type: number, flags: number, streamId: number): number {
    const end = this.#length + FRAME_HEADER_BYTES + length;
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    const payload = writeFrameHeader(this.#buffer, this.#length, length, type, flags, streamId);
    this.#length = end;
    return payload;
  }
}
