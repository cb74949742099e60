import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { Connection, type ConnectionOwner } from './connection/connection.ts';
import type { ServerContext } from './connection/context.ts';
import { Output } from './connection/output.ts';
import { ErrorCode } from './error-code.ts';
import { ControlQueue } from './frames/control-queue.ts';
import { encodePreface } from './frames/settings.ts';
import type { Methods } from './grpc/request-head.ts';
import { huffmanScratch } from './hpack/decoder.ts';
import { checkLimits, DEFAULT_LIMITS, type Limits } from './limits.ts';
import { newStats, type ServerStats } from './stats.ts';

export type { Call, UnaryMethod } from './call.ts';
export { ConnectionError, ErrorCode } from './error-code.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export type { ServerStats } from './stats.ts';

/** How late a call's deadline may be noticed. */
const TICK_MS = 20;

export interface UnaryServerOptions {
  readonly methods: Methods;
  /** Overrides of DEFAULT_LIMITS. */
  readonly limits?: Partial<Limits>;
  /** A handler threw (anything), or a connection was closed for an error (ConnectionError). Must not throw. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Unary gRPC over HTTP/2 (RFC 9113, RFC 7541, grpc/doc/PROTOCOL-HTTP2.md), for small messages at high rates. It takes
 * any duplex stream of octets: listen with `node:net`, or with `node:tls` and `ALPNProtocols: ['h2']` (whose own
 * `handshakeTimeout` bounds what comes before the server sees a connection).
 */
export interface UnaryServer {
  readonly stats: Readonly<ServerStats>;
  /** Serves a connection from its first octet to its last. */
  accept(duplex: Duplex): void;
  /** Lets calls end and connections close, for `drainTimeoutMs` at most; then nothing is left. Accepts no more. */
  drain(): Promise<void>;
}

export const createUnaryServer = (options: UnaryServerOptions): UnaryServer => new Connections(options);

class Connections implements UnaryServer, ConnectionOwner {
  readonly stats: ServerStats = newStats();
  readonly output = new Output();
  readonly #context: ServerContext;
  readonly #connections = new Set<Connection>();
  #scheduled: Connection[] = [];
  #ticker: NodeJS.Timeout | undefined;
  #drained: (() => void)[] = [];
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

  accept(duplex: Duplex): void {
    // HTTP/2 over TLS is negotiated, never assumed (RFC 9113 section 3.2). What is gone already will not say so again.
    if (this.#isDraining || duplex.destroyed || (duplex instanceof TLSSocket && duplex.alpnProtocol !== 'h2')) {
      duplex.destroy();
    } else if (this.stats.abandonedCalls < this.#context.limits.maxAbandonedCalls && this.#makeRoom()) {
      this.#serve(duplex);
    } else {
      this.stats.connectionsRefused++;
      refuse(duplex, this.#context.limits);
    }
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#context.nowMs = performance.now();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    const bound = setTimeout(() => this.#destroyAll(), this.#context.limits.drainTimeoutMs);
    await new Promise<void>((resolve) => this.#drained.push(resolve));
    clearTimeout(bound);
  }

  schedule(connection: Connection): void {
    if (this.#scheduled.length === 0) setImmediate(() => this.#flush());
    this.#scheduled.push(connection);
  }

  closed(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.stats.connections--;
    if (this.#connections.size > 0) return;
    clearInterval(this.#ticker);
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** False: all connections are needed. */
  #makeRoom(): boolean {
    if (this.#connections.size < this.#context.limits.maxConnections) return true;
    let replaced: Connection | undefined;
    for (const connection of this.#connections) {
      const isIdleLonger = replaced === undefined || connection.idleSinceMs < replaced.idleSinceMs;
      if (!connection.isAuthenticated && isIdleLonger) replaced = connection;
    }
    if (replaced === undefined) return false;
    this.stats.connectionsReplaced++;
    replaced.replace();
    this.closed(replaced);
    return true;
  }

  /** Closes the connections that have waited for their peers for longest, until the rest is within the bound. */
  #closeSlowest(): void {
    const { maxWaitingBytes } = this.#context.limits;
    if (this.stats.waitingBytes <= maxWaitingBytes) return;
    const waiting = [...this.#connections].map((connection) => ({ connection, sinceMs: connection.waitingSinceMs }));
    waiting.sort((one, other) => one.sinceMs - other.sinceMs);
    for (const { connection } of waiting) {
      if (this.stats.waitingBytes <= maxWaitingBytes) break;
      this.stats.slowConnectionsClosed++;
      connection.closeSlow();
    }
  }

  #serve(duplex: Duplex): void {
    this.#context.nowMs = performance.now();
    if (duplex instanceof Socket) duplex.setNoDelay(true);
    if (this.#connections.size === 0) this.#ticker = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#connections.add(new Connection(duplex, this.#context, this));
    this.stats.connections++;
    this.stats.connectionsAccepted++;
  }

  /** The end of a turn: after all that the poll phase has read, before the next one. */
  #flush(): void {
    const scheduled = this.#scheduled;
    this.#scheduled = [];
    for (const connection of scheduled) connection.flush();
    this.#closeSlowest();
  }

  #tick(): void {
    this.#context.nowMs = performance.now();
    for (const connection of this.#connections) connection.check();
    this.#closeSlowest();
  }

  #destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

/** Says that no call was processed, so that each may be made again elsewhere (RFC 9113 section 6.8), and is gone. */
function refuse(duplex: Duplex, limits: Limits): void {
  const frames = new ControlQueue();
  frames.goAway(0, ErrorCode.NO_ERROR);
  const goAway = Buffer.alloc(frames.length);
  frames.moveTo(goAway, 0);
  duplex.on('error', () => {});
  duplex.end(Buffer.concat([encodePreface(limits), goAway]), () => duplex.destroy());
}
