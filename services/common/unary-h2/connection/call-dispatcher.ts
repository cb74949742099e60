import { ConnectionError, ErrorCode } from '../error-code.ts';
import type { PeerSettings } from '../frames/settings.ts';
import type { RequestHead } from '../grpc/request-head.ts';
import { trailersOnly } from '../grpc/responses.ts';
import { StatusCode } from '../grpc/status.ts';
import type { AbuseLimits } from './abuse-limits.ts';
import type { ServerContext, Transport } from './context.ts';
import { SendQueue } from './send-queue.ts';
import { type ResponseHandler, Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';

const DEADLINE_EXCEEDED = trailersOnly({ code: StatusCode.DEADLINE_EXCEEDED, message: 'the deadline has passed' });
const REQUEST_TIMED_OUT = trailersOnly({
  code: StatusCode.DEADLINE_EXCEEDED,
  message: 'the request took too long to arrive',
});
const HANDLER_ERROR = trailersOnly({ code: StatusCode.INTERNAL, message: 'internal error' });

/** Approximate memory of a call without its message. */
const STREAM_BYTES = 1_024;

/** The calls of a connection: dispatches requests to handlers, queues responses, and ends calls early. */
export class CallDispatcher implements ResponseHandler {
  readonly streams: StreamTable;
  readonly sendQueue: SendQueue;
  isAuthenticated = false;
  readonly peerName: string | undefined;
  readonly #context: ServerContext;
  readonly #transport: Transport;
  readonly #peer: PeerSettings;
  readonly #abuseLimits: AbuseLimits;

  constructor(
    context: ServerContext,
    transport: Transport,
    peer: PeerSettings,
    abuseLimits: AbuseLimits,
    peerName?: string,
  ) {
    this.peerName = peerName;
    this.#context = context;
    this.#transport = transport;
    this.#peer = peer;
    this.#abuseLimits = abuseLimits;
    this.streams = new StreamTable(context.limits.maxConcurrentStreams, context.stats);
    this.sendQueue = new SendQueue(peer.minTableBytes, (stream) => this.#onSent(stream));
  }

  open(id: number, head: RequestHead): Stream {
    const stream = new Stream(id, head, this.#peer.initialWindowBytes, this.#context.nowMs, this);
    this.streams.add(stream);
    this.#setPendingBytes(stream, STREAM_BYTES);
    this.#context.stats.requests++;
    this.#abuseLimits.onRequest();
    this.#transport.scheduleCheck(stream.expiresAtMs);
    return stream;
  }

  /** Calls the handler of a complete request. */
  dispatch(stream: Stream, bytes: Buffer, start: number, end: number): void {
    if (stream.expiresAtMs <= this.#context.nowMs) {
      this.#expire(stream);
      return;
    }
    stream.dispatched = true;
    this.#setPendingBytes(stream, 0);
    try {
      stream.head.method?.handle(stream, bytes, start, end);
    } catch (error) {
      this.#context.onError(error);
      if (stream.handlerDone) return;
      stream.handlerDone = true;
      stream.status = StatusCode.INTERNAL;
      this.onResponse(stream, undefined, HANDLER_ERROR);
    }
  }

  onResponse(stream: Stream, message: Uint8Array | undefined, trailers: Buffer | undefined): void {
    const { stats } = this.#context;
    if (stream.closed) {
      this.streams.onAbandonedCallEnded();
    } else if (!stream.responded) {
      const isLate = stream.expiresAtMs !== Number.POSITIVE_INFINITY && stream.expiresAtMs <= performance.now();
      if (isLate) {
        this.#expire(stream);
        return;
      }
      if (message === undefined) stats.failed++;
      else stats.responded++;
      this.#queueResponse(stream, message, trailers);
    }
  }

  /**
   * Responds without a handler. An incomplete request is then reset with NO_ERROR (RFC 9113 section 8.1). This does not
   * count against `resetBurst`: a rejection costs less than a served call, and closing the connection would end other calls.
   */
  reject(stream: Stream, trailers: Buffer): void {
    this.#context.stats.rejected++;
    this.#queueResponse(stream, undefined, trailers);
  }

  /** Resets an open stream because of a stream error (RFC 9113 section 5.4.2). */
  reset(stream: Stream, code: ErrorCode): void {
    this.cancel(stream);
    this.resetId(stream.id, code);
  }

  /** Resets a stream that was never opened or is closed. */
  resetId(id: number, code: ErrorCode): void {
    this.streams.recordReset(id);
    this.sendQueue.control.resetStream(id, code);
    this.#transport.scheduleWrite();
    this.#abuseLimits.onStreamReset();
  }

  /** The peer no longer wants the response, or cannot receive it. */
  cancel(stream: Stream): void {
    stream.cancelled = true;
    if (!stream.responded) this.#context.stats.cancelled++;
    this.#setPendingBytes(stream, 0);
    this.sendQueue.remove(stream);
    if (!stream.closed) this.#observe(stream, StatusCode.CANCELLED);
    this.streams.close(stream);
  }

  /** The connection was closed. */
  cancelAll(): void {
    for (const stream of this.streams) this.cancel(stream);
  }

  /** Ends calls that have timed out. Returns the next deadline. */
  checkTimeouts(nowMs: number): number {
    const { requestTimeoutMs, stallTimeoutMs } = this.#context.limits;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const stream of this.streams) {
      if (stream.responded) {
        if (nowMs - stream.respondedAtMs >= stallTimeoutMs) this.#endStalled(stream);
      } else if (stream.expiresAtMs <= nowMs) {
        this.#expire(stream);
      } else if (!stream.requestEnded && nowMs - stream.openedAtMs >= requestTimeoutMs) {
        this.reject(stream, REQUEST_TIMED_OUT);
      } else {
        nextMs = Math.min(nextMs, stream.expiresAtMs);
      }
    }
    return nextMs;
  }

  /** When the oldest data that is pending on the peer became pending; Infinity without any. */
  get pendingSinceMs(): number {
    let sinceMs = Number.POSITIVE_INFINITY;
    for (const stream of this.streams) sinceMs = Math.min(sinceMs, stream.pendingSinceMs);
    return sinceMs;
  }

  /** The peer has blocked the response of the stream for too long, by flow control or by reading slowly. */
  #endStalled(stream: Stream): void {
    if (this.sendQueue.sendWindow <= 0) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'the peer does not read responses');
    }
    this.reset(stream, ErrorCode.CANCEL);
  }

  #expire(stream: Stream): void {
    stream.cancelled = true;
    stream.status = StatusCode.DEADLINE_EXCEEDED;
    this.#context.stats.deadlinesExceeded++;
    this.#queueResponse(stream, undefined, DEADLINE_EXCEEDED);
  }

  #queueResponse(stream: Stream, message: Uint8Array | undefined, trailers: Buffer | undefined): void {
    stream.responded = true;
    stream.respondedAtMs = this.#context.nowMs;
    stream.message = message;
    stream.trailersOnly = trailers;
    this.#setPendingBytes(stream, STREAM_BYTES + (message?.length ?? 0));
    this.sendQueue.add(stream);
    this.#transport.scheduleWrite();
  }

  /** Sets what the call counts towards `maxPendingBytes`. */
  #setPendingBytes(stream: Stream, bytes: number): void {
    this.#context.stats.pendingBytes += bytes - stream.pendingBytes;
    stream.pendingBytes = bytes;
  }

  #onSent(stream: Stream): void {
    this.#setPendingBytes(stream, 0);
    if (!stream.requestEnded) this.streams.recordReset(stream.id);
    // Only after sending: a peer that resets every request never lets the server send a response.
    if (stream.dispatched) this.#abuseLimits.onResponseSent();
    this.#observe(stream, stream.status);
    this.streams.close(stream);
  }

  #observe(stream: Stream, status: number): void {
    stream.observer?.onEnd(status, this.#context.nowMs - stream.openedAtMs);
  }
}
