import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { Connection, type ConnectionOwner } from './connection/connection.ts';
import type { ServerContext } from './connection/context.ts';
import { endAndLinger } from './connection/linger.ts';
import { Output } from './connection/output.ts';
import { ErrorCode } from './error-code.ts';
import { ControlQueue } from './frames/control-queue.ts';
import { encodePreface } from './frames/settings.ts';
import type { Methods } from './grpc/request-head.ts';
import { huffmanScratch } from './hpack/decoder.ts';
import { checkLimits, DEFAULT_LIMITS, type Limits } from './limits.ts';
import { newStats, type ServerStats } from './stats.ts';

export type { Call, CallObserver, UnaryMethod } from './call.ts';
export { ConnectionError, ErrorCode } from './error-code.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export type { ServerStats } from './stats.ts';

/** Deadlines are checked this often. */
const TICK_MS = 20;

export interface UnaryServerOptions {
  readonly methods: Methods;
  /** Overrides of DEFAULT_LIMITS. */
  readonly limits?: Partial<Limits>;
  /** Called with what a handler threw, or with the error (usually a ConnectionError) that closed a connection. Must not throw. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Unary gRPC over HTTP/2 (RFC 9113, RFC 7541, grpc/doc/PROTOCOL-HTTP2.md), for small messages at high rates. It takes
 * any duplex stream: listen with `node:net`, or with `node:tls` and `ALPNProtocols: ['h2']` (its `handshakeTimeout` limits
 * the TLS handshake).
 */
export interface UnaryServer {
  readonly stats: Readonly<ServerStats>;
  /** Serves a connection. `peerName`: the peer's name from the TLS handshake, for `Call.peerName`. */
  accept(duplex: Duplex, peerName?: string): void;
  /** Accepts no more connections, and resolves when all are closed: after their calls, or after `drainTimeoutMs`. */
  drain(): Promise<void>;
}

export const createUnaryServer = (options: UnaryServerOptions): UnaryServer => new ConnectionServer(options);

class ConnectionServer implements UnaryServer, ConnectionOwner {
  readonly stats: ServerStats = newStats();
  readonly output = new Output();
  readonly #context: ServerContext;
  readonly #connections = new Set<Connection>();
  #scheduled: Connection[] = [];
  #ticker: NodeJS.Timeout | undefined;
  #onDrained: (() => void)[] = [];
  #isDraining = false;

  constructor({ methods, limits, onError }: UnaryServerOptions) {
    const all = checkLimits({ ...DEFAULT_LIMITS, ...limits });
    this.#context = {
      limits: all,
      methods,
      stats: this.stats,
      scratch: huffmanScratch(all.maxHeaderBlockBytes),
      onError: onError ?? (() => {}),
      nowMs: performance.now(),
    };
  }

  accept(duplex: Duplex, peerName?: string): void {
    // HTTP/2 over TLS requires ALPN (RFC 9113 section 3.2). A stream that is destroyed already would never emit 'close'.
    if (this.#isDraining || duplex.destroyed || (duplex instanceof TLSSocket && duplex.alpnProtocol !== 'h2')) {
      duplex.destroy();
    } else if (this.stats.abandonedCalls < this.#context.limits.maxAbandonedCalls && this.#evictIfFull()) {
      this.#serve(duplex, peerName);
    } else {
      this.stats.connectionsRefused++;
      refuseConnection(duplex, this.#context.limits);
    }
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#context.nowMs = performance.now();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    const timer = setTimeout(() => this.#destroyAll(), this.#context.limits.drainTimeoutMs);
    await new Promise<void>((resolve) => this.#onDrained.push(resolve));
    clearTimeout(timer);
  }

  scheduleFlush(connection: Connection): void {
    if (this.#scheduled.length === 0) setImmediate(() => this.#flush());
    this.#scheduled.push(connection);
  }

  onClosed(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.stats.connections--;
    if (this.#connections.size > 0) return;
    clearInterval(this.#ticker);
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  /** Returns false if `maxConnections` is reached and no connection can be evicted. */
  #evictIfFull(): boolean {
    if (this.#connections.size < this.#context.limits.maxConnections) return true;
    let evicted: Connection | undefined;
    for (const connection of this.#connections) {
      const isIdleLonger = evicted === undefined || connection.idleSinceMs < evicted.idleSinceMs;
      if (!connection.isAuthenticated && isIdleLonger) evicted = connection;
    }
    if (evicted === undefined) return false;
    this.stats.connectionsEvicted++;
    evicted.evict();
    this.onClosed(evicted);
    return true;
  }

  /** Closes the connections whose data has been pending longest until the rest is within `maxPendingBytes`. */
  #closeSlowest(): void {
    const { maxPendingBytes } = this.#context.limits;
    if (this.stats.pendingBytes <= maxPendingBytes) return;
    const oldestFirst = [...this.#connections].map((connection) => ({
      connection,
      sinceMs: connection.pendingSinceMs,
    }));
    oldestFirst.sort((one, other) => one.sinceMs - other.sinceMs);
    for (const { connection } of oldestFirst) {
      if (this.stats.pendingBytes <= maxPendingBytes) break;
      this.stats.slowConnectionsClosed++;
      connection.closeAsSlow();
    }
  }

  #serve(duplex: Duplex, peerName: string | undefined): void {
    this.#context.nowMs = performance.now();
    if (duplex instanceof Socket) duplex.setNoDelay(true);
    if (this.#connections.size === 0) this.#ticker = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#connections.add(new Connection(duplex, this.#context, this, peerName));
    this.stats.connections++;
    this.stats.connectionsAccepted++;
  }

  /** Runs once a turn, after everything that the poll phase has read. */
  #flush(): void {
    this.#context.nowMs = performance.now();
    const scheduled = this.#scheduled;
    this.#scheduled = [];
    for (const connection of scheduled) connection.flush();
    this.#closeSlowest();
  }

  #tick(): void {
    this.#context.nowMs = performance.now();
    for (const connection of this.#connections) connection.checkTimeouts();
    this.#closeSlowest();
  }

  #destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

/** Closes with a GOAWAY that says that no stream was processed, so that clients may retry (RFC 9113 section 6.8). */
function refuseConnection(duplex: Duplex, limits: Limits): void {
  const frames = new ControlQueue();
  frames.goAway(0, ErrorCode.NO_ERROR);
  const goAway = Buffer.alloc(frames.length);
  frames.moveTo(goAway, 0);
  duplex.on('error', () => {});
  endAndLinger(duplex, Buffer.concat([encodePreface(limits), goAway]), () => duplex.destroy());
}
