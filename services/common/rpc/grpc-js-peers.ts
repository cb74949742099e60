import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { WaitingStreams } from './waiting-streams.ts';

/** Bounds of what the peers of a port can make it hold. As those of unary-h2 (limits.ts). */
export interface PeerLimits {
  readonly maxConnections: number;
  /** Open at once on a connection. */
  readonly maxConcurrentStreams: number;
  /** Calls of streaming methods (Watch, reflection) on all connections. */
  readonly maxStreamingCalls: number;
  /** Of calls that wait for their peers, on all connections. */
  readonly maxWaitingBytes: number;
  /** From a request's header to its end, and from a response to the last that is taken of it. */
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

/** The connections and calls of a grpc-js port below grpc-js, which bounds neither. */
export class GrpcJsPeers {
  readonly #limits: PeerLimits;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Connections without an authenticated call and how many calls they have; the first has been idle for longest. */
  readonly #strangers = new Map<ServerHttp2Session, number>();
  readonly #waiting = new WaitingStreams();
  #streamingCalls = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(limits: PeerLimits) {
    this.#limits = limits;
  }

  /** Sees every connection and every stream of that server, before grpc-js does. */
  watch(server: Http2Server): void {
    server.prependListener('session', (session) => this.#connected(session));
    server.prependListener('stream', (stream, _headers, flags) => this.#opened(stream as ServerHttp2Stream, flags));
  }

  /** False: all connections are needed. */
  #makeRoom(): boolean {
    if (this.#sessions.size < this.#limits.maxConnections) return true;
    let replaced: ServerHttp2Session | undefined;
    for (const [session, calls] of this.#strangers) {
      replaced ??= session;
      if (calls > 0) continue;
      replaced = session;
      break;
    }
    if (replaced === undefined) return false;
    this.#forget(replaced);
    replaced.destroy(undefined, NGHTTP2_NO_ERROR);
    return true;
  }

  /** The caller of that call has proved who it is: its connection will not have to make room. */
  authenticated({ session }: ServerHttp2Stream): void {
    if (session !== undefined) this.#strangers.delete(session as ServerHttp2Session);
  }

  /** Whether there may be one more call of a streaming method. Such a call waits for nobody once it is admitted. */
  beginStreaming(stream: ServerHttp2Stream): boolean {
    if (this.#streamingCalls >= this.#limits.maxStreamingCalls) return false;
    this.#streamingCalls++;
    stream.once('close', () => this.#streamingCalls--);
    this.#waiting.delete(stream);
    return true;
  }

  /** A message of so many bytes or a status has been given; it waits until it was `taken`, or the stream has closed. */
  responded(stream: ServerHttp2Stream, bytes: number): void {
    if (!stream.closed) this.#wait(stream, bytes);
  }

  /** Part of a response has been taken. */
  taken(stream: ServerHttp2Stream): void {
    this.#waiting.delete(stream);
  }

  #connected(session: ServerHttp2Session): void {
    if (!this.#makeRoom()) {
      // GOAWAY NO_ERROR says that nothing was processed: clients see UNAVAILABLE and may try again. Not before grpc-js has
      // seen the session, too.
      setImmediate(() => session.destroy(undefined, NGHTTP2_NO_ERROR));
      return;
    }
    if (this.#sessions.size === 0) this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    this.#sessions.add(session);
    this.#strangers.set(session, 0);
    session.once('close', () => this.#forget(session));
  }

  #forget(session: ServerHttp2Session): void {
    this.#strangers.delete(session);
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
    this.#wait(stream, 0);
    stream.once('end', () => {
      if (!stream.headersSent) this.#waiting.delete(stream);
    });
  }

  #count(session: ServerHttp2Session, calls: number): void {
    const before = this.#strangers.get(session);
    if (before === undefined) return;
    this.#strangers.delete(session);
    this.#strangers.set(session, before + calls);
  }

  #wait(stream: ServerHttp2Stream, bytes: number): void {
    this.#waiting.add(stream, bytes, performance.now());
    while (this.#waiting.bytes > this.#limits.maxWaitingBytes) this.#closeSlowest();
  }

  /** Closes the connection of the call that has waited for longest. */
  #closeSlowest(): void {
    const session = this.#waiting.deleteSlowestConnection();
    session?.destroy(undefined, NGHTTP2_CANCEL);
  }

  #sweep(): void {
    for (const stream of this.#waiting.since(performance.now() - this.#limits.waitTimeoutMs)) {
      this.#waiting.delete(stream);
      endLate(stream);
    }
  }
}

/** A request that has not come in time is told so; a response that was not taken in time is taken back. */
function endLate(stream: ServerHttp2Stream): void {
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
