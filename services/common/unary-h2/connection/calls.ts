import { ErrorCode } from '../error-code.ts';
import type { PeerSettings } from '../frames/settings.ts';
import type { RequestHead } from '../grpc/request-head.ts';
import { trailersOnly } from '../grpc/responses.ts';
import { StatusCode } from '../grpc/status.ts';
import type { Conduct } from './conduct.ts';
import type { ServerContext, Transport } from './context.ts';
import { Outbox } from './outbox.ts';
import { type AnswerTaker, Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';

const PAST_DEADLINE = trailersOnly({ code: StatusCode.DEADLINE_EXCEEDED, message: 'the deadline has passed' });
const NOT_WHOLE = trailersOnly({ code: StatusCode.DEADLINE_EXCEEDED, message: 'the request took too long to arrive' });
const HANDLER_THREW = trailersOnly({ code: StatusCode.INTERNAL, message: 'internal error' });

/** What a call takes besides its message, about. */
const STREAM_BYTES = 1_024;

/** The calls of a connection: from whole requests to handlers, from answers to the outbox, and what ends them early. */
export class Calls implements AnswerTaker {
  readonly streams: StreamTable;
  readonly outbox: Outbox;
  isAuthenticated = false;
  readonly #context: ServerContext;
  readonly #transport: Transport;
  readonly #peer: PeerSettings;
  readonly #conduct: Conduct;

  constructor(context: ServerContext, transport: Transport, peer: PeerSettings, conduct: Conduct) {
    this.#context = context;
    this.#transport = transport;
    this.#peer = peer;
    this.#conduct = conduct;
    this.streams = new StreamTable(context.limits.maxConcurrentStreams, context.stats);
    this.outbox = new Outbox(peer.smallestTableBytes, (stream) => this.#sent(stream));
  }

  open(id: number, head: RequestHead): Stream {
    const stream = new Stream(id, head, this.#peer.initialWindowBytes, this.#context.nowMs, this);
    this.streams.add(stream);
    this.#wait(stream, STREAM_BYTES);
    this.#context.stats.requests++;
    this.#conduct.requestCame();
    this.#transport.checkAt(stream.expiresAtMs);
    return stream;
  }

  /** Hands a whole request to its handler. */
  hand(stream: Stream, octets: Buffer, start: number, end: number): void {
    if (stream.expiresAtMs <= this.#context.nowMs) {
      this.#expire(stream);
      return;
    }
    stream.handed = true;
    this.#wait(stream, 0);
    try {
      stream.head.method?.handle(stream, octets, start, end);
    } catch (error) {
      this.#context.onError(error);
      if (stream.handlerDone) return;
      stream.handlerDone = true;
      this.takeAnswer(stream, undefined, HANDLER_THREW);
    }
  }

  takeAnswer(stream: Stream, message: Uint8Array | undefined, trailers: Buffer | undefined): void {
    const { stats } = this.#context;
    if (stream.closed) {
      this.streams.forget();
    } else if (!stream.answered) {
      const isLate = stream.expiresAtMs !== Number.POSITIVE_INFINITY && stream.expiresAtMs <= performance.now();
      if (isLate) {
        this.#expire(stream);
        return;
      }
      if (message === undefined) stats.failed++;
      else stats.responded++;
      this.#answer(stream, message, trailers);
    }
  }

  /**
   * Answers without a handler. If the request has not ended, it is told to (RFC 9113 section 8.1); that costs less than a call
   * that is answered, so it does not count as a reset: the good calls beside it need the connection.
   */
  reject(stream: Stream, trailers: Buffer): void {
    this.#context.stats.rejected++;
    this.#answer(stream, undefined, trailers);
  }

  /** A stream error (RFC 9113 section 5.4.2). */
  reset(stream: Stream, code: ErrorCode): void {
    this.cancel(stream);
    this.resetId(stream.id, code);
  }

  /** The same for a stream that was never opened here, or is no more. */
  resetId(id: number, code: ErrorCode): void {
    this.streams.rememberReset(id);
    this.outbox.control.resetStream(id, code);
    this.#transport.wake();
    this.#conduct.streamReset();
  }

  /** Nobody waits for the answer any more. */
  cancel(stream: Stream): void {
    stream.cancelled = true;
    if (!stream.answered) this.#context.stats.cancelled++;
    this.#wait(stream, 0);
    this.outbox.forget(stream);
    this.streams.close(stream);
  }

  /** The connection is gone. */
  cancelAll(): void {
    for (const stream of this.streams) this.cancel(stream);
  }

  /** Ends what has taken too long. Returns when the next deadline is. */
  check(nowMs: number): number {
    const { requestTimeoutMs, stallTimeoutMs } = this.#context.limits;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const stream of this.streams) {
      if (stream.answered) {
        if (nowMs - stream.answeredAtMs >= stallTimeoutMs) this.reset(stream, ErrorCode.CANCEL);
      } else if (stream.expiresAtMs <= nowMs) {
        this.#expire(stream);
      } else if (!stream.requestEnded && nowMs - stream.openedAtMs >= requestTimeoutMs) {
        this.reject(stream, NOT_WHOLE);
      } else {
        nextMs = Math.min(nextMs, stream.expiresAtMs);
      }
    }
    return nextMs;
  }

  /** Since when the call has waited that has waited for its peer for longest; Infinity without any. */
  get waitingSinceMs(): number {
    let sinceMs = Number.POSITIVE_INFINITY;
    for (const stream of this.streams) sinceMs = Math.min(sinceMs, stream.waitingSinceMs);
    return sinceMs;
  }

  #expire(stream: Stream): void {
    stream.cancelled = true;
    this.#context.stats.deadlinesExceeded++;
    this.#answer(stream, undefined, PAST_DEADLINE);
  }

  #answer(stream: Stream, message: Uint8Array | undefined, trailers: Buffer | undefined): void {
    stream.answered = true;
    stream.answeredAtMs = this.#context.nowMs;
    stream.message = message;
    stream.trailersOnly = trailers;
    this.#wait(stream, STREAM_BYTES + (message?.length ?? 0));
    this.outbox.add(stream);
    this.#transport.wake();
  }

  /** From now on the call waits for its peer with that many bytes; 0: it does not. */
  #wait(stream: Stream, bytes: number): void {
    this.#context.stats.waitingBytes += bytes - stream.waitingBytes;
    stream.waitingBytes = bytes;
  }

  #sent(stream: Stream): void {
    this.#wait(stream, 0);
    if (!stream.requestEnded) this.streams.rememberReset(stream.id);
    // Not when it was answered: a peer that resets what it has asked for has not let us send anything.
    if (stream.handed) this.#conduct.requestServed();
    this.streams.close(stream);
  }
}
