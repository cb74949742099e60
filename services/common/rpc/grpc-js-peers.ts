import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { WaitingStreams } from './waiting-streams.ts';

/** Limits on the resources of all peers of a port, like those of unary-h2 (limits.ts). */
export interface PeerLimits {
  readonly maxConnections: number;
  /** Per connection. */
  readonly maxConcurrentStreams: number;
  /** Calls of streaming methods (Watch, reflection) on all connections. */
  readonly maxStreamingCalls: number;
  /** Memory of calls that wait for their clients, on all connections. */
  readonly maxWaitingBytes: number;
  /** How long a client may take to complete a request after its header, and to read a response. */
  readonly waitTimeoutMs: number;
}

export const DEFAULT_PEER_LIMITS: PeerLimits = {
  maxConnections: 1_000,
  maxConcurrentStreams: 256,
  maxStreamingCalls: 1_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  waitTimeoutMs: 20_000,
};

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR } = constants;
const SWEEP_INTERVAL_MS = 500;

/** Enforces the limits of a grpc-js port that grpc-js does not have: all except maxConcurrentStreams. */
export class GrpcJsPeers {
  readonly #limits: PeerLimits;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Connections that never had an authenticated call, with their number of open calls, in the order of their last activity. */
  readonly #unauthenticated = new Map<ServerHttp2Session, number>();
  readonly #waiting = new WaitingStreams();
  #streamingCalls = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(limits: PeerLimits) {
    this.#limits = limits;
  }

  /** Observes every connection and stream of the server, before grpc-js. */
  watch(server: Http2Server): void {
    server.prependListener('session', (session) => this.#connected(session));
    server.prependListener('stream', (stream, _headers, flags) => this.#opened(stream as ServerHttp2Stream, flags));
  }

  /** Whether there is room for a connection. At the limit, evicts an unauthenticated one, without open calls if possible. */
  #makeRoom(): boolean {
    if (this.#sessions.size < this.#limits.maxConnections) return true;
    let evicted: ServerHttp2Session | undefined;
    for (const [session, calls] of this.#unauthenticated) {
      evicted ??= session;
      if (calls > 0) continue;
      evicted = session;
      break;
    }
    if (evicted === undefined) return false;
    this.#remove(evicted);
    evicted.destroy(undefined, NGHTTP2_NO_ERROR);
    return true;
  }

  /** The caller was authenticated: the connection is never evicted. */
  authenticated({ session }: ServerHttp2Stream): void {
    if (session !== undefined) this.#unauthenticated.delete(session as ServerHttp2Session);
  }

  /** Counts a call of a streaming method; false at the limit. Such a call has no timeout until it writes. */
  beginStreaming(stream: ServerHttp2Stream): boolean {
    if (this.#streamingCalls >= this.#limits.maxStreamingCalls) return false;
    this.#streamingCalls++;
    stream.once('close', () => this.#streamingCalls--);
    this.#waiting.delete(stream);
    return true;
  }

  /** A message or a status was written. The call waits for its client until `onFlushed`, or until the stream closes. */
  onWrite(stream: ServerHttp2Stream, bytes: number): void {
    if (!stream.closed) this.#startWait(stream, bytes);
  }

  /** What was written has been sent: the client's flow-control window no longer blocks it. */
  onFlushed(stream: ServerHttp2Stream): void {
    this.#waiting.delete(stream);
  }

  #connected(session: ServerHttp2Session): void {
    if (!this.#makeRoom()) {
      // After GOAWAY NO_ERROR a client reports UNAVAILABLE, which may be retried. Deferred until grpc-js has seen the session.
      setImmediate(() => session.destroy(undefined, NGHTTP2_NO_ERROR));
      return;
    }
    if (this.#sessions.size === 0) this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    this.#sessions.add(session);
    this.#unauthenticated.set(session, 0);
    session.once('close', () => this.#remove(session));
  }

  #remove(session: ServerHttp2Session): void {
    this.#unauthenticated.delete(session);
    if (this.#sessions.delete(session) && this.#sessions.size === 0) clearInterval(this.#sweeper);
  }

  #opened(stream: ServerHttp2Stream, flags: number): void {
    const session = stream.session as ServerHttp2Session;
    this.#count(session, 1);
    stream.once('close', () => {
      this.#count(session, -1);
      this.#waiting.delete(stream);
    });
    if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0) return;
    this.#startWait(stream, 0);
    stream.once('end', () => {
      // Once the response has begun, the wait is for the client to read it.
      if (!stream.headersSent) this.#waiting.delete(stream);
    });
  }

  #count(session: ServerHttp2Session, calls: number): void {
    const before = this.#unauthenticated.get(session);
    if (before === undefined) return;
    this.#unauthenticated.delete(session);
    this.#unauthenticated.set(session, before + calls);
  }

  #startWait(stream: ServerHttp2Stream, bytes: number): void {
    this.#waiting.add(stream, bytes, performance.now());
    while (this.#waiting.bytes > this.#limits.maxWaitingBytes) this.#closeSlowest();
  }

  /** Closes the connection of the call that has waited longest. */
  #closeSlowest(): void {
    const session = this.#waiting.deleteSlowestConnection();
    session?.destroy(undefined, NGHTTP2_CANCEL);
  }

  #sweep(): void {
    for (const stream of this.#waiting.since(performance.now() - this.#limits.waitTimeoutMs)) {
      this.#waiting.delete(stream);
      endTimedOut(stream);
    }
  }
}

/** Responds DEADLINE_EXCEEDED to an incomplete request; resets a stream whose response was not read. */
function endTimedOut(stream: ServerHttp2Stream): void {
  if (stream.headersSent || stream.destroyed) {
    stream.close(NGHTTP2_CANCEL);
    return;
  }
  const trailersOnly = {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': status.DEADLINE_EXCEEDED,
    'grpc-message': 'the request took too long to arrive',
  };
  stream.respond(trailersOnly, { endStream: true });
  stream.close(NGHTTP2_NO_ERROR);
}
