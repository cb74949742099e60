import { ConnectionError, ErrorCode } from '../error-code.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, read31Bits } from './frame.ts';

/** Receives complete frames in order. The payload is `bytes[start, end)` and may be overwritten after the call. */
export interface FrameHandler {
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

/**
 * Splits a byte stream into frames (RFC 9113 section 4.1). Frames that are complete within a chunk are passed on in place;
 * a partial frame is buffered: at most 16 KiB and its header. Throws FRAME_SIZE_ERROR for a longer frame as soon as its
 * header has arrived (section 4.2).
 */
export class FrameReader {
  /** The number of partial frames so far; identifies the current one. */
  partialFrames = 0;
  readonly #handler: FrameHandler;
  #partial: Buffer = EMPTY;
  #partialBytes = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  get hasPartialFrame(): boolean {
    return this.#partialBytes > 0;
  }

  read(chunk: Buffer, from: number): void {
    let at = this.#partialBytes > 0 ? this.#completePartial(chunk, from) : from;
    while (chunk.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + payloadLength(chunk, at);
      if (end > chunk.length) break;
      this.#emit(chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.#bufferPartial(chunk, at);
  }

  #emit(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    this.#handler.onFrame(type, flags, read31Bits(bytes, at + 5), bytes, at + FRAME_HEADER_BYTES, end);
  }

  #bufferPartial(chunk: Buffer, at: number): void {
    this.partialFrames++;
    const isHeaderComplete = chunk.length - at >= FRAME_HEADER_BYTES;
    this.#partial = Buffer.allocUnsafe(FRAME_HEADER_BYTES + (isHeaderComplete ? payloadLength(chunk, at) : 0));
    this.#partialBytes = chunk.copy(this.#partial, 0, at);
  }

  /** Adds to the partial frame and emits it once complete. Returns the offset of the next frame in the chunk. */
  #completePartial(chunk: Buffer, from: number): number {
    let at = from + this.#fill(chunk, from);
    if (this.#partialBytes === FRAME_HEADER_BYTES && this.#partial.length === FRAME_HEADER_BYTES) {
      const larger = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadLength(this.#partial, 0));
      this.#partial.copy(larger);
      this.#partial = larger;
      at += this.#fill(chunk, at);
    }
    const { length } = this.#partial;
    if (this.#partialBytes === length && length >= FRAME_HEADER_BYTES) {
      const frame = this.#partial;
      this.#partial = EMPTY;
      this.#partialBytes = 0;
      this.#emit(frame, 0, length);
    }
    return at;
  }

  #fill(chunk: Buffer, from: number): number {
    const copied = chunk.copy(this.#partial, this.#partialBytes, from);
    this.#partialBytes += copied;
    return copied;
  }
}

const EMPTY = Buffer.alloc(0);

function payloadLength(bytes: Uint8Array, at: number): number {
  const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  if (length > MAX_FRAME_BYTES) {
    const message = `frame of ${length} bytes exceeds the limit of ${MAX_FRAME_BYTES}`;
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, message);
  }
  return length;
}
