import { ConnectionError, ErrorCode } from '../error-code.ts';
import { Flag } from '../frames/frame.ts';
import { unpaddedEnd } from '../frames/padding.ts';
import { ReceiveWindow } from '../frames/receive-window.ts';
import { decompress } from '../grpc/decompress.ts';
import { Fault, isOneMessage, MessageAssembly, PREFIX_BYTES } from '../grpc/message-assembly.ts';
import type { Calls } from './calls.ts';
import type { Conduct } from './conduct.ts';
import { ConnectionRoom, type ServerContext, type Transport } from './context.ts';
import { FieldBlocks } from './field-blocks.ts';
import type { Stream } from './stream.ts';

/** Stream Dependency and Weight, which we ignore (RFC 9113 section 5.3.2). */
const PRIORITY_BYTES = 5;

/** The frames that make up requests: HEADERS, CONTINUATION and DATA, in every state of a stream (RFC 9113 section 5.1). */
export class Requests {
  readonly blocks: FieldBlocks;
  readonly #context: ServerContext;
  readonly #transport: Transport;
  readonly #calls: Calls;
  readonly #conduct: Conduct;
  readonly #room: ConnectionRoom;
  readonly #window: ReceiveWindow;
  /** Streams whose window is due. */
  readonly #due: Stream[] = [];

  constructor(context: ServerContext, transport: Transport, calls: Calls, conduct: Conduct) {
    this.#context = context;
    this.#transport = transport;
    this.#calls = calls;
    this.#conduct = conduct;
    this.blocks = new FieldBlocks(context);
    this.#room = new ConnectionRoom(context);
    this.#window = new ReceiveWindow(context.limits.connectionWindowBytes);
  }

  /** Widens the windows that need it; at the end of a turn, so that what was sent too much in it is noticed. */
  giveBack(): void {
    const { control } = this.#calls.outbox;
    if (this.#window.isDue) control.windowUpdate(0, this.#window.giveBack());
    if (this.#due.length === 0) return;
    for (const { id, window, requestEnded, answered, closed } of this.#due.splice(0)) {
      if (!window?.isDue || requestEnded || answered || closed) continue;
      control.windowUpdate(id, window.giveBack());
    }
  }

  /** RFC 9113 section 6.2. */
  headers(flags: number, id: number, octets: Buffer, start: number, end: number): void {
    const contentEnd = unpaddedEnd(flags, octets, start, end);
    let at = (flags & Flag.PADDED) === 0 ? start : start + 1;
    if ((flags & Flag.PRIORITY) !== 0) at += PRIORITY_BYTES;
    if (at > end) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'a HEADERS frame that is too short');
    if (at > contentEnd) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'more padding than field block');
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) === 0) this.blocks.begin(id, endsStream, octets, at, contentEnd);
    else this.#block(id, endsStream, octets, at, contentEnd);
  }

  /** RFC 9113 section 6.10. */
  continuation(flags: number, id: number, octets: Buffer, start: number, end: number): void {
    const { blocks } = this;
    if (blocks.streamId === 0 || blocks.streamId !== id) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a CONTINUATION frame of nothing');
    }
    blocks.continue(octets, start, end);
    if ((flags & Flag.END_HEADERS) === 0) return;
    const { endsStream } = blocks;
    const block = blocks.finish();
    this.#block(id, endsStream, block, 0, block.length);
  }

  /** RFC 9113 section 6.1. Padding counts for the windows, and for nothing else. */
  data(flags: number, id: number, octets: Buffer, start: number, end: number): void {
    this.#takeFromConnection(end - start);
    const contentEnd = unpaddedEnd(flags, octets, start, end);
    const at = (flags & Flag.PADDED) === 0 ? start : start + 1;
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if (at === contentEnd && !endsStream) this.#conduct.controlFrame();
    const stream = this.#calls.streams.get(id);
    if (stream === undefined) {
      this.#strayData(id);
    } else if (stream.requestEnded) {
      this.#calls.reset(stream, ErrorCode.STREAM_CLOSED);
    } else {
      stream.contentBytes += contentEnd - at;
      const goesOn = endsStream ? this.#end(stream) : this.#takeFromStream(stream, end - start);
      if (!goesOn) return;
      // What still comes for a request that was answered early is dropped.
      if (!stream.answered) this.#content(stream, octets, at, contentEnd);
    }
  }

  #content(stream: Stream, octets: Buffer, start: number, end: number): void {
    const isWhole = stream.requestEnded && stream.assembly === undefined;
    if (isWhole && isOneMessage(octets, start, end, this.#context.limits.maxMessageBytes)) {
      this.#calls.hand(stream, octets, start + PREFIX_BYTES, end);
      return;
    }
    stream.assembly ??= new MessageAssembly(this.#room, stream.head.isGzip);
    const fault = stream.assembly.add(octets, start, end);
    if (fault !== undefined) this.#calls.reject(stream, fault);
    else if (stream.requestEnded) this.#handAssembled(stream);
  }

  /** False: the stream is reset because the content is not as long as it was said to be (RFC 9113 section 8.1.1). */
  #end(stream: Stream): boolean {
    stream.requestEnded = true;
    const { contentLength } = stream.head;
    if (contentLength === undefined || contentLength === stream.contentBytes) return true;
    this.#calls.reset(stream, ErrorCode.PROTOCOL_ERROR);
    return false;
  }

  /** A request that is not a single DATA frame has ended. */
  #handAssembled(stream: Stream): void {
    const { assembly } = stream;
    if (assembly === undefined || !assembly.isWhole) {
      this.#calls.reject(stream, assembly?.fault ?? Fault.NONE);
      return;
    }
    stream.assembly = undefined;
    assembly.release();
    if (assembly.isCompressed) this.#handCompressed(stream, assembly.message);
    else this.#calls.hand(stream, assembly.message, 0, assembly.message.length);
  }

  #handCompressed(stream: Stream, compressed: Buffer): void {
    const result = decompress(compressed, this.#context.limits.maxMessageBytes);
    if ('fault' in result) this.#calls.reject(stream, result.fault);
    else this.#calls.hand(stream, result.message, 0, result.message.length);
  }

  #block(id: number, endsStream: boolean, octets: Buffer, start: number, end: number): void {
    const { streams } = this.#calls;
    const stream = streams.get(id);
    if (stream !== undefined) this.#trailers(stream, endsStream, octets, start, end);
    else if ((id & 1) === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `HEADERS on stream ${id}`);
    else if (id > streams.lastId) this.#head(id, endsStream, octets, start, end);
    else this.#strayBlock(id, octets, start, end);
  }

  #head(id: number, endsStream: boolean, octets: Buffer, start: number, end: number): void {
    const { streams } = this.#calls;
    const head = this.blocks.readHead(octets, start, end);
    streams.lastId = id;
    if (id > streams.lastAcceptedId) return;
    if (streams.isFull) {
      this.#context.stats.streamsRefused++;
      this.#calls.resetId(id, ErrorCode.REFUSED_STREAM);
    } else if (head.malformed) {
      this.#calls.resetId(id, ErrorCode.PROTOCOL_ERROR);
    } else {
      const stream = this.#calls.open(id, head);
      if (endsStream && !this.#end(stream)) return;
      const refusal = head.refusal ?? (endsStream ? Fault.NONE : undefined);
      if (refusal !== undefined) this.#calls.reject(stream, refusal);
    }
  }

  /** A second HEADERS ends the request (RFC 9113 section 8.1). */
  #trailers(stream: Stream, endsStream: boolean, octets: Buffer, start: number, end: number): void {
    const wellFormed = this.blocks.readTrailers(octets, start, end);
    if (stream.requestEnded) {
      this.#calls.reset(stream, ErrorCode.STREAM_CLOSED);
    } else if (!endsStream || !wellFormed) {
      this.#calls.reset(stream, ErrorCode.PROTOCOL_ERROR);
    } else if (this.#end(stream) && !stream.answered) {
      this.#handAssembled(stream);
    }
  }

  /** HEADERS on a closed stream. The block is decoded all the same, for the table (RFC 9113 section 4.3). */
  #strayBlock(id: number, octets: Buffer, start: number, end: number): void {
    this.blocks.readTrailers(octets, start, end);
    if (!this.#calls.streams.wasReset(id)) {
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, `HEADERS on the closed stream ${id}`);
    }
    this.#conduct.controlFrame();
  }

  /** DATA on a stream that is not open: sent before our reset arrived, or in error (RFC 9113 section 5.1). */
  #strayData(id: number): void {
    const { streams } = this.#calls;
    if (streams.isIdle(id)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `DATA on the idle stream ${id}`);
    this.#conduct.controlFrame();
    if (id > streams.lastAcceptedId || streams.wasReset(id)) return;
    this.#calls.resetId(id, ErrorCode.STREAM_CLOSED);
  }

  #takeFromConnection(bytes: number): void {
    if (!this.#window.take(bytes)) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'more DATA than the connection window');
    }
    if (this.#window.isDue) this.#transport.wake();
  }

  /** False: the stream is reset because its window was overrun (RFC 9113 section 6.9.1). */
  #takeFromStream(stream: Stream, bytes: number): boolean {
    stream.window ??= new ReceiveWindow(this.#context.limits.streamWindowBytes);
    if (!stream.window.take(bytes)) {
      this.#calls.reset(stream, ErrorCode.FLOW_CONTROL_ERROR);
      return false;
    }
    if (stream.window.isDue) {
      this.#due.push(stream);
      this.#transport.wake();
    }
    return true;
  }
}
