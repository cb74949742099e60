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

/** The offset of the stream identifier in a frame. */
const STREAM_ID_OFFSET = 5;

/** HEADERS, then space for the DATA frame's header and the message prefix. */
const RESPONSE_START = framed(FrameType.HEADERS, Flag.END_HEADERS, RESPONSE_HEADERS, FRAME_HEADER_BYTES + PREFIX_BYTES);
const DATA_OFFSET = FRAME_HEADER_BYTES + RESPONSE_HEADERS.length;
const RESPONSE_END = framed(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, OK_TRAILERS, 0);

/**
 * What a connection has to send: control frames, and responses as far as the peer's windows allow (RFC 9113 section 6.9).
 * Responses that flow control blocks stay here and keep their stream open, so `maxConcurrentStreams` limits them.
 */
export class SendQueue {
  readonly control = new ControlQueue();
  /** The connection's flow-control window for sending. */
  sendWindow = DEFAULT_WINDOW_BYTES;
  readonly #onSent: (stream: Stream) => void;
  #ready: Stream[] = [];
  #blocked: Stream[] = [];
  /** The next field block must start with a table size update. */
  #mustShrinkTable = false;
  #peerTableBytes: number;

  constructor(peerTableBytes: number, onSent: (stream: Stream) => void) {
    this.#peerTableBytes = peerTableBytes;
    this.#onSent = onSent;
  }

  /** Responses that flow control blocks. */
  get blockedCount(): number {
    return this.#blocked.length;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  add(stream: Stream): void {
    this.#ready.push(stream);
  }

  /** Removes the response of a cancelled call if it is blocked; one that is ready is skipped by `write`. */
  remove(stream: Stream): void {
    const at = this.#blocked.indexOf(stream);
    if (at >= 0) this.#blocked.splice(at, 1);
  }

  /** A window has increased: tries blocked responses at the next write. */
  retryBlocked(): void {
    if (this.#blocked.length === 0) return;
    this.#ready = this.#blocked.concat(this.#ready);
    this.#blocked = [];
  }

  /** Returns false if the connection's window is now too large (RFC 9113 section 6.9.1). */
  increaseWindow(bytes: number): boolean {
    this.sendWindow += bytes;
    return this.sendWindow <= MAX_31_BITS;
  }

  /**
   * Applies SETTINGS_HEADER_TABLE_SIZE. The server does not use the table, but must acknowledge a smaller size with a size
   * update (RFC 9113 section 4.3.1, RFC 7541 section 4.2). One update to 0 is enough for the whole connection.
   */
  setPeerTableBytes(bytes: number): void {
    if (bytes >= this.#peerTableBytes) return;
    this.#peerTableBytes = 0;
    this.#mustShrinkTable = true;
  }

  writeControl(output: Output): void {
    const { length } = this.control;
    if (length === 0) return;
    const at = output.reserve(length);
    this.control.moveTo(output.buffer, at);
  }

  /** Writes control frames, and responses until `output` has `maxBytes`. */
  write(output: Output, maxBytes: number): void {
    this.writeControl(output);
    let written = 0;
    while (written < this.#ready.length && output.length < maxBytes) {
      const stream = this.#ready[written++] as Stream;
      if (!stream.closed) this.#writeResponse(output, stream);
    }
    if (written === this.#ready.length) this.#ready.length = 0;
    else this.#ready.splice(0, written);
  }

  #writeResponse(output: Output, stream: Stream): void {
    const { message } = stream;
    if (message === undefined) {
      this.#writeBlock(output, stream, stream.trailersOnly as Buffer, Flag.END_STREAM);
      this.#finish(output, stream);
      return;
    }
    const bytes = PREFIX_BYTES + message.length;
    const fits = bytes <= this.sendWindow && bytes <= stream.sendWindow && bytes <= MAX_FRAME_BYTES;
    if (fits && stream.sentBytes < 0 && !this.#mustShrinkTable) {
      this.sendWindow -= bytes;
      writeWhole(output, stream.id, message);
    } else if (!this.#writePart(output, stream, message)) {
      this.#blocked.push(stream);
      return;
    }
    this.#finish(output, stream);
  }

  /** Writes as much of the response as flow control allows. Returns whether it is complete. */
  #writePart(output: Output, stream: Stream, message: Uint8Array): boolean {
    if (stream.sentBytes < 0) {
      this.#writeBlock(output, stream, RESPONSE_HEADERS, 0);
      stream.sentBytes = 0;
    }
    const total = PREFIX_BYTES + message.length;
    while (stream.sentBytes < total) {
      const bytes = Math.min(total - stream.sentBytes, this.sendWindow, stream.sendWindow, MAX_FRAME_BYTES);
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
    const update = this.#mustShrinkTable ? 1 : 0;
    const at = output.reserve(FRAME_HEADER_BYTES + update);
    const length = update + block.length;
    writeFrameHeader(output.buffer, at, length, FrameType.HEADERS, flags | Flag.END_HEADERS, stream.id);
    if (update === 1) output.buffer[at + FRAME_HEADER_BYTES] = TABLE_SIZE_ZERO;
    this.#mustShrinkTable = false;
    output.append(block);
  }

  /** Resets the stream if its response is complete before its request (RFC 9113 section 8.1). */
  #finish(output: Output, stream: Stream): void {
    if (!stream.requestEnded) {
      const at = output.reserve(FRAME_HEADER_BYTES + 4);
      const payload = writeFrameHeader(output.buffer, at, 4, FrameType.RST_STREAM, 0, stream.id);
      write32Bits(output.buffer, payload, ErrorCode.NO_ERROR);
    }
    this.#onSent(stream);
  }
}

/** Writes a complete OK response. */
function writeWhole(output: Output, streamId: number, message: Uint8Array): void {
  const { length } = message;
  const at = output.reserve(RESPONSE_START.length + length + RESPONSE_END.length);
  const { buffer } = output;
  buffer.set(RESPONSE_START, at);
  write32Bits(buffer, at + STREAM_ID_OFFSET, streamId);
  const prefix = writeFrameHeader(buffer, at + DATA_OFFSET, PREFIX_BYTES + length, FrameType.DATA, 0, streamId);
  write32Bits(buffer, prefix + 1, length);
  buffer.set(message, prefix + PREFIX_BYTES);
  buffer.set(RESPONSE_END, prefix + PREFIX_BYTES + length);
  write32Bits(buffer, prefix + PREFIX_BYTES + length + STREAM_ID_OFFSET, streamId);
}

/** Writes a DATA frame with the next `bytes` of prefix and message. */
function writeData(output: Output, stream: Stream, message: Uint8Array, bytes: number): void {
  const at = output.reserve(FRAME_HEADER_BYTES + bytes);
  let to = writeFrameHeader(output.buffer, at, bytes, FrameType.DATA, 0, stream.id);
  let from = stream.sentBytes;
  const end = from + bytes;
  if (from < PREFIX_BYTES) {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    write32Bits(prefix, 1, message.length);
    const part = prefix.subarray(from, Math.min(end, PREFIX_BYTES));
    output.buffer.set(part, to);
    to += part.length;
    from += part.length;
  }
  output.buffer.set(message.subarray(Math.max(0, from - PREFIX_BYTES), Math.max(0, end - PREFIX_BYTES)), to);
}

function framed(type: number, flags: number, payload: Buffer, extraBytes: number): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + payload.length + extraBytes);
  payload.copy(frame, writeFrameHeader(frame, 0, payload.length, type, flags, 0));
  return frame;
}
