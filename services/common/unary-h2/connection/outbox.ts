import { ErrorCode } from '../error-code.ts';
import { ControlQueue } from '../frames/control-queue.ts';
import {
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_31_BITS,
  MAX_FRAME_BYTES,
  write32Bits,
  writeFrameHeader,
} from '../frames/frame.ts';
import { DEFAULT_WINDOW_BYTES } from '../frames/settings.ts';
import { PREFIX_BYTES } from '../grpc/message-assembly.ts';
import { OK_TRAILERS, RESPONSE_HEADERS } from '../grpc/responses.ts';
import { TABLE_SIZE_ZERO } from '../hpack/encoder.ts';
import type { Output } from './output.ts';
import type { Stream } from './stream.ts';

/** Where the stream's identifier is in a frame. */
const STREAM_ID_AT = 5;

const NEVER = Number.POSITIVE_INFINITY;

/** HEADERS, and the header of the DATA frame and the prefix of the message behind it. */
const OPENING = framed(FrameType.HEADERS, Flag.END_HEADERS, RESPONSE_HEADERS, FRAME_HEADER_BYTES + PREFIX_BYTES);
const DATA_AT = FRAME_HEADER_BYTES + RESPONSE_HEADERS.length;
const CLOSING = framed(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, OK_TRAILERS, 0);

/**
 * What a connection has to send: control frames and responses, the latter as far as the peer's windows allow
 * (RFC 9113 section 6.9). What waits for a window waits here, and holds its stream, so that it is bounded by
 * `maxConcurrentStreams`.
 */
export class Outbox {
  readonly control = new ControlQueue();
  /** The connection's window. Only DATA needs it. */
  sendWindow = DEFAULT_WINDOW_BYTES;
  /** Since when responses have waited for a window without any DATA being sent: on the server's clock, NEVER if none do. */
  stalledSinceMs = NEVER;
  readonly #onSent: (stream: Stream) => void;
  #ready: Stream[] = [];
  #waiting: Stream[] = [];
  /** The next field block must begin with a table size update. */
  #shrinksTable = false;
  #peerTableBytes: number;

  constructor(peerTableBytes: number, onSent: (stream: Stream) => void) {
    this.#peerTableBytes = peerTableBytes;
    this.#onSent = onSent;
  }

  /** Responses that wait for a window. */
  get waiting(): number {
    return this.#waiting.length;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  add(stream: Stream): void {
    this.#ready.push(stream);
  }

  /** Nobody waits for this answer any more, so it waits for no window, and is not held. */
  forget(stream: Stream): void {
    const at = this.#waiting.indexOf(stream);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#waiting.length === 0) this.stalledSinceMs = NEVER;
  }

  /** A window has become wider: what waits is tried again at the next write. */
  retry(): void {
    if (this.#waiting.length === 0) return;
    this.#ready = this.#waiting.concat(this.#ready);
    this.#waiting = [];
  }

  /** False: the connection's window is too large (RFC 9113 section 6.9.1). */
  widen(bytes: number): boolean {
    this.sendWindow += bytes;
    return this.sendWindow <= MAX_31_BITS;
  }

  /**
   * SETTINGS_HEADER_TABLE_SIZE. We use no table, but a smaller one must be confirmed (RFC 9113 section 4.3.1, RFC 7541
   * section 4.2); having said 0 once, we never need to again.
   */
  setPeerTable(bytes: number): void {
    if (bytes >= this.#peerTableBytes) return;
    this.#peerTableBytes = 0;
    this.#shrinksTable = true;
  }

  writeControl(output: Output): void {
    const { length } = this.control;
    if (length === 0) return;
    const at = output.reserve(length);
    this.control.moveTo(output.octets, at);
  }

  /** Writes control frames, and responses until `output` has `maxBytes`. */
  write(output: Output, maxBytes: number, nowMs: number): void {
    this.writeControl(output);
    const { sendWindow } = this;
    let written = 0;
    while (written < this.#ready.length && output.length < maxBytes) {
      const stream = this.#ready[written++] as Stream;
      if (!stream.closed) this.#writeResponse(output, stream);
    }
    if (written === this.#ready.length) this.#ready.length = 0;
    else this.#ready.splice(0, written);
    if (this.#waiting.length === 0) this.stalledSinceMs = NEVER;
    else if (this.sendWindow < sendWindow || this.stalledSinceMs === NEVER) this.stalledSinceMs = nowMs;
  }

  #writeResponse(output: Output, stream: Stream): void {
    const { message } = stream;
    if (message === undefined) {
      this.#writeBlock(output, stream, stream.trailersOnly as Buffer, Flag.END_STREAM);
      this.#sent(output, stream);
      return;
    }
    const bytes = PREFIX_BYTES + message.length;
    const fits = bytes <= this.sendWindow && bytes <= stream.sendWindow && bytes <= MAX_FRAME_BYTES;
    if (fits && stream.sentBytes < 0 && !this.#shrinksTable) {
      this.sendWindow -= bytes;
      writeWhole(output, stream.id, message);
    } else if (!this.#writePart(output, stream, message)) {
      this.#waiting.push(stream);
      return;
    }
    this.#sent(output, stream);
  }

  /** As much of the response as may go. Returns whether that was all. */
  #writePart(output: Output, stream: Stream, message: Uint8Array): boolean {
    if (stream.sentBytes < 0) {
      this.#writeBlock(output, stream, RESPONSE_HEADERS, 0);
      stream.sentBytes = 0;
    }
    const whole = PREFIX_BYTES + message.length;
    while (stream.sentBytes < whole) {
      const bytes = Math.min(whole - stream.sentBytes, this.sendWindow, stream.sendWindow, MAX_FRAME_BYTES);
      if (bytes <= 0) return false;
      writeData(output, stream, message, bytes);
      stream.sentBytes += bytes;
      stream.sendWindow -= bytes;
      this.sendWindow -= bytes;
    }
    this.#writeBlock(output, stream, OK_TRAILERS, Flag.END_STREAM);
    return true;
  }

  #writeBlock(output: Output, stream: Stream, block: Buffer, flags: number): void {
    const update = this.#shrinksTable ? 1 : 0;
    const at = output.reserve(FRAME_HEADER_BYTES + update);
    const length = update + block.length;
    writeFrameHeader(output.octets, at, length, FrameType.HEADERS, flags | Flag.END_HEADERS, stream.id);
    if (update === 1) output.octets[at + FRAME_HEADER_BYTES] = TABLE_SIZE_ZERO;
    this.#shrinksTable = false;
    output.append(block);
  }

  /** An answer that came before the end of its request ends the request too (RFC 9113 section 8.1). */
  #sent(output: Output, stream: Stream): void {
    if (!stream.requestEnded) {
      const at = output.reserve(FRAME_HEADER_BYTES + 4);
      const payload = writeFrameHeader(output.octets, at, 4, FrameType.RST_STREAM, 0, stream.id);
      write32Bits(output.octets, payload, ErrorCode.NO_ERROR);
    }
    this.#onSent(stream);
  }
}

/** The whole of an OK response in one go. */
function writeWhole(output: Output, streamId: number, message: Uint8Array): void {
  const { length } = message;
  const at = output.reserve(OPENING.length + length + CLOSING.length);
  const { octets } = output;
  octets.set(OPENING, at);
  write32Bits(octets, at + STREAM_ID_AT, streamId);
  const prefix = writeFrameHeader(octets, at + DATA_AT, PREFIX_BYTES + length, FrameType.DATA, 0, streamId);
  write32Bits(octets, prefix + 1, length);
  octets.set(message, prefix + PREFIX_BYTES);
  octets.set(CLOSING, prefix + PREFIX_BYTES + length);
  write32Bits(octets, prefix + PREFIX_BYTES + length + STREAM_ID_AT, streamId);
}

/** A DATA frame with the next `bytes` of prefix and message. */
function writeData(output: Output, stream: Stream, message: Uint8Array, bytes: number): void {
  const at = output.reserve(FRAME_HEADER_BYTES + bytes);
  let to = writeFrameHeader(output.octets, at, bytes, FrameType.DATA, 0, stream.id);
  let from = stream.sentBytes;
  const end = from + bytes;
  if (from < PREFIX_BYTES) {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    write32Bits(prefix, 1, message.length);
    const part = prefix.subarray(from, Math.min(end, PREFIX_BYTES));
    output.octets.set(part, to);
    to += part.length;
    from += part.length;
  }
  output.octets.set(message.subarray(Math.max(0, from - PREFIX_BYTES), Math.max(0, end - PREFIX_BYTES)), to);
}

function framed(type: number, flags: number, payload: Buffer, more: number): Buffer {
  const octets = Buffer.alloc(FRAME_HEADER_BYTES + payload.length + more);
  payload.copy(octets, writeFrameHeader(octets, 0, payload.length, type, flags, 0));
  return octets;
}
