import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag } from '../frames/frame.ts';
import { unpaddedEnd } from '../frames/padding.ts';
import { ReceiveWindow } from '../frames/receive-window.ts';
import { decompress } from '../grpc/decompress.ts';
import { isOneMessage, MessageAssembly, MessageError, PREFIX_BYTES } from '../grpc/message-assembly.ts';
import type { AbuseLimits } from './abuse-limits.ts';
import type { CallDispatcher } from './call-dispatcher.ts';
import { ConnectionMemory, type ServerContext, type Transport } from './context.ts';
import { FieldBlocks } from './field-blocks.ts';
import type { Stream } from './stream.ts';

/** Stream Dependency and Weight, which are ignored (RFC 9113 section 5.3.2). */
const PRIORITY_BYTES = 5;

/** The frames of requests: HEADERS, CONTINUATION and DATA, in every state of a stream (RFC 9113 section 5.1). */
export class RequestFrames {
  readonly blocks: FieldBlocks;
  readonly #context: ServerContext;
  readonly #transport: Transport;
  readonly #calls: CallDispatcher;
  readonly #abuseLimits: AbuseLimits;
  readonly #memory: ConnectionMemory;
  readonly #window: ReceiveWindow;
  /** Streams that need a WINDOW_UPDATE. */
  readonly #windowUpdates: Stream[] = [];

  constructor(context: ServerContext, transport: Transport, calls: CallDispatcher, abuseLimits: AbuseLimits) {
    this.#context = context;
    this.#transport = transport;
    this.#calls = calls;
    this.#abuseLimits = abuseLimits;
    this.blocks = new FieldBlocks(context);
    this.#memory = new ConnectionMemory(context);
    this.#window = new ReceiveWindow(context.limits.connectionWindowBytes);
  }

  /** Sends WINDOW_UPDATE frames, but only at the end of a turn, so that a peer that exceeds its window in a turn is detected. */
  replenishWindows(): void {
    const { control } = this.#calls.sendQueue;
    if (this.#window.needsUpdate) control.windowUpdate(0, this.#window.replenish());
    if (this.#windowUpdates.length === 0) return;
    for (const { id, window, requestEnded, responded, closed } of this.#windowUpdates.splice(0)) {
      if (!window?.needsUpdate || requestEnded || responded || closed) continue;
      control.windowUpdate(id, window.replenish());
    }
  }

  /** RFC 9113 section 6.2. */
  headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const contentEnd = unpaddedEnd(flags, bytes, start, end);
    let at = (flags & Flag.PADDED) === 0 ? start : start + 1;
    if ((flags & Flag.PRIORITY) !== 0) at += PRIORITY_BYTES;
    if (at > end) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'HEADERS is too short');
    if (at > contentEnd) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'padding exceeds the field block');
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) === 0) this.blocks.begin(id, endsStream, bytes, at, contentEnd);
    else this.#onFieldBlock(id, endsStream, bytes, at, contentEnd);
  }

  /** RFC 9113 section 6.10. */
  continuation(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const { blocks } = this;
    if (blocks.streamId === 0 || blocks.streamId !== id) {
      throw new ConnectionError(
        ErrorCode.PROTOCOL_ERROR,
        'CONTINUATION without a preceding HEADERS frame of its stream',
      );
    }
    blocks.continue(bytes, start, end);
    if ((flags & Flag.END_HEADERS) === 0) return;
    const { endsStream } = blocks;
    const block = blocks.finish();
    this.#onFieldBlock(id, endsStream, block, 0, block.length);
  }

  /** RFC 9113 section 6.1. Padding counts towards the windows only. */
  data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.#consumeConnectionWindow(end - start);
    const contentEnd = unpaddedEnd(flags, bytes, start, end);
    const at = (flags & Flag.PADDED) === 0 ? start : start + 1;
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if (at === contentEnd && !endsStream) this.#abuseLimits.onControlFrame();
    const stream = this.#calls.streams.get(id);
    if (stream === undefined) {
      this.#onClosedStreamData(id);
    } else if (stream.requestEnded) {
      this.#calls.reset(stream, ErrorCode.STREAM_CLOSED);
    } else {
      stream.contentBytes += contentEnd - at;
      const isOpen = endsStream ? this.#endRequest(stream) : this.#consumeStreamWindow(stream, end - start);
      if (!isOpen) return;
      // The rest of a request that already has a response is discarded.
      if (!stream.responded) this.#onContent(stream, bytes, at, contentEnd);
    }
  }

  #onContent(stream: Stream, bytes: Buffer, start: number, end: number): void {
    const isSingleFrame = stream.requestEnded && stream.assembly === undefined;
    if (isSingleFrame && isOneMessage(bytes, start, end, this.#context.limits.maxMessageBytes)) {
      this.#calls.dispatch(stream, bytes, start + PREFIX_BYTES, end);
      return;
    }
    stream.assembly ??= new MessageAssembly(this.#memory, stream.head.isGzip);
    const error = stream.assembly.add(bytes, start, end);
    if (error !== undefined) this.#calls.reject(stream, error);
    else if (stream.requestEnded) this.#dispatchAssembled(stream);
  }

  /** Returns false if the stream was reset because the length of its content is not `content-length` (RFC 9113 section 8.1.1). */
  #endRequest(stream: Stream): boolean {
    stream.requestEnded = true;
    const { contentLength } = stream.head;
    if (contentLength === undefined || contentLength === stream.contentBytes) return true;
    this.#calls.reset(stream, ErrorCode.PROTOCOL_ERROR);
    return false;
  }

  /** Dispatches or rejects a request that has ended and is not one uncompressed message in one DATA frame with END_STREAM. */
  #dispatchAssembled(stream: Stream): void {
    const { assembly } = stream;
    if (assembly === undefined || !assembly.isComplete) {
      this.#calls.reject(stream, assembly?.error ?? MessageError.NO_MESSAGE);
      return;
    }
    stream.assembly = undefined;
    assembly.release();
    if (assembly.isCompressed) this.#dispatchCompressed(stream, assembly.message);
    else this.#calls.dispatch(stream, assembly.message, 0, assembly.message.length);
  }

  #dispatchCompressed(stream: Stream, compressed: Buffer): void {
    const result = decompress(compressed, this.#context.limits.maxMessageBytes);
    if ('error' in result) this.#calls.reject(stream, result.error);
    else this.#calls.dispatch(stream, result.message, 0, result.message.length);
  }

  #onFieldBlock(id: number, endsStream: boolean, bytes: Buffer, start: number, end: number): void {
    const { streams } = this.#calls;
    const stream = streams.get(id);
    if (stream !== undefined) this.#onTrailers(stream, endsStream, bytes, start, end);
    else if ((id & 1) === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `HEADERS on the even stream ${id}`);
    else if (id > streams.lastId) this.#onHead(id, endsStream, bytes, start, end);
    else this.#onClosedStreamHeaders(id, bytes, start, end);
  }

  #onHead(id: number, endsStream: boolean, bytes: Buffer, start: number, end: number): void {
    const { streams } = this.#calls;
    const head = this.blocks.decodeHead(bytes, start, end);
    streams.lastId = id;
    if (id > streams.goAwayLimit) return;
    if (streams.isFull) {
      this.#context.stats.streamsRefused++;
      this.#calls.resetId(id, ErrorCode.REFUSED_STREAM);
    } else if (head.malformed) {
      this.#calls.resetId(id, ErrorCode.PROTOCOL_ERROR);
    } else {
      const stream = this.#calls.open(id, head);
      if (endsStream && !this.#endRequest(stream)) return;
      const rejection = head.rejection ?? (endsStream ? MessageError.NO_MESSAGE : undefined);
      if (rejection !== undefined) this.#calls.reject(stream, rejection);
    }
  }

  /** A second HEADERS frame must end the request (RFC 9113 section 8.1). */
  #onTrailers(stream: Stream, endsStream: boolean, bytes: Buffer, start: number, end: number): void {
    const wellFormed = this.blocks.decodeTrailers(bytes, start, end);
    if (stream.requestEnded) {
      this.#calls.reset(stream, ErrorCode.STREAM_CLOSED);
    } else if (!endsStream || !wellFormed) {
      this.#calls.reset(stream, ErrorCode.PROTOCOL_ERROR);
    } else if (this.#endRequest(stream) && !stream.responded) {
      this.#dispatchAssembled(stream);
    }
  }

  /** HEADERS on a closed stream. The block is still decoded to keep the dynamic table in sync (RFC 9113 section 4.3). */
  #onClosedStreamHeaders(id: number, bytes: Buffer, start: number, end: number): void {
    this.blocks.decodeTrailers(bytes, start, end);
    if (!this.#calls.streams.isIgnored(id)) {
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, `HEADERS on the closed stream ${id}`);
    }
    this.#abuseLimits.onControlFrame();
  }

  /** DATA on a stream that is not open: sent before the server's RST_STREAM or GOAWAY arrived, or an error (RFC 9113 section 5.1). */
  #onClosedStreamData(id: number): void {
    const { streams } = this.#calls;
    if (streams.isIdle(id)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `DATA on the idle stream ${id}`);
    this.#abuseLimits.onControlFrame();
    if (streams.isIgnored(id)) return;
    this.#calls.resetId(id, ErrorCode.STREAM_CLOSED);
  }

  #consumeConnectionWindow(bytes: number): void {
    if (!this.#window.consume(bytes)) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'DATA exceeds the connection window');
    }
    if (this.#window.needsUpdate) this.#transport.scheduleWrite();
  }

  /** Returns false if the stream was reset because it exceeded its window (RFC 9113 section 6.9.1). */
  #consumeStreamWindow(stream: Stream, bytes: number): boolean {
    stream.window ??= new ReceiveWindow(this.#context.limits.streamWindowBytes);
    if (!stream.window.consume(bytes)) {
      this.#calls.reset(stream, ErrorCode.FLOW_CONTROL_ERROR);
      return false;
    }
    if (stream.window.needsUpdate) {
      this.#windowUpdates.push(stream);
      this.#transport.scheduleWrite();
    }
    return true;
  }
}
