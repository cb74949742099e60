import { ConnectionError, ErrorCode } from '../error-code.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, read31Bits } from './frame.ts';

/** Takes whole frames in their order. The payload is `octets[start, end)` and may be overwritten after the call. */
export interface FrameSink {
  frame(type: number, flags: number, streamId: number, octets: Buffer, start: number, end: number): void;
}

/**
 * Cuts a stream of octets into frames, however it comes in pieces (RFC 9113 section 4.1). Frames that a chunk holds
 * whole are handed on in place; one that is torn is put together in a buffer of its own size: at most 16 KiB and a
 * header. Throws FRAME_SIZE_ERROR as soon as a header announces more (section 4.2).
 */
export class FrameReader {
  /** How many frames came in pieces: whether it is still the same one. */
  tears = 0;
  readonly #sink: FrameSink;
  #torn: Buffer = EMPTY;
  #tornBytes = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether a frame has begun and not ended. */
  get isWithinFrame(): boolean {
    return this.#tornBytes > 0;
  }

  read(chunk: Buffer, from: number): void {
    let at = this.#tornBytes > 0 ? this.#mend(chunk, from) : from;
    while (chunk.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + payloadLength(chunk, at);
      if (end > chunk.length) break;
      this.#handOn(chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.#tear(chunk, at);
  }

  #handOn(octets: Buffer, at: number, end: number): void {
    const type = octets[at + 3] as number;
    const flags = octets[at + 4] as number;
    this.#sink.frame(type, flags, read31Bits(octets, at + 5), octets, at + FRAME_HEADER_BYTES, end);
  }

  /** Keeps the beginning of a frame whose rest is still to come. */
  #tear(chunk: Buffer, at: number): void {
    this.tears++;
    const isHeaderWhole = chunk.length - at >= FRAME_HEADER_BYTES;
    this.#torn = Buffer.allocUnsafe(FRAME_HEADER_BYTES + (isHeaderWhole ? payloadLength(chunk, at) : 0));
    this.#tornBytes = chunk.copy(this.#torn, 0, at);
  }

  /** Adds to the torn frame and hands it on if that makes it whole. Returns where the chunk goes on. */
  #mend(chunk: Buffer, from: number): number {
    let at = from + this.#fill(chunk, from);
    if (this.#tornBytes === FRAME_HEADER_BYTES && this.#torn.length === FRAME_HEADER_BYTES) {
      const whole = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadLength(this.#torn, 0));
      this.#torn.copy(whole);
      this.#torn = whole;
      at += this.#fill(chunk, at);
    }
    const { length } = this.#torn;
    if (this.#tornBytes === length && length >= FRAME_HEADER_BYTES) {
      const whole = this.#torn;
      this.#torn = EMPTY;
      this.#tornBytes = 0;
      this.#handOn(whole, 0, length);
    }
    return at;
  }

  #fill(chunk: Buffer, from: number): number {
    const copied = chunk.copy(this.#torn, this.#tornBytes, from);
    this.#tornBytes += copied;
    return copied;
  }
}

const EMPTY = Buffer.alloc(0);

function payloadLength(octets: Uint8Array, at: number): number {
  const length = ((octets[at] as number) << 16) | ((octets[at + 1] as number) << 8) | (octets[at + 2] as number);
  if (length > MAX_FRAME_BYTES) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} octets`);
  return length;
}
