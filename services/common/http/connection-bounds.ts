import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { ServerSockets } from '../process/server-sockets.ts';

/** The most requests of a connection that may wait for their responses. Hardly any client uses pipelining. */
export const MAX_PIPELINED = 8;
/** How long a client may take to read a response that was written. The largest responses are the scripts of the pages. */
const READ_TIMEOUT_MS = 60_000;
const SWEEP_INTERVAL_MS = 500;

interface Exchange {
  readonly response: ServerResponse;
  /** When the sweep first saw that the response was written. */
  writtenAtMs?: number;
}

/**
 * Limits the connections of an HTTP server and the pipelined requests of each. At the limit, a new connection replaces the
 * one that has waited longest for its client to send a request or to read a response, so clients that hold connections
 * open lose their own. If none waits for its client, the new connection is closed.
 */
export class ConnectionBounds {
  /** Connections in the order of their last activity, each with its exchanges in the order of the requests. */
  readonly #exchanges = new Map<Socket, Set<Exchange>>();
  readonly #sockets: ServerSockets;
  readonly #max: number;

  constructor(server: Server, max: number) {
    this.#sockets = new ServerSockets(server);
    this.#max = max;
    // With TLS, requests arrive on the TLS socket. limitHandshakes() limits the connections before that.
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => this.#add(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#begin(request.socket, response));
    const sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    server.once('close', () => clearInterval(sweeper));
  }

  get count(): number {
    return this.#exchanges.size;
  }

  /** Destroys all connections, including those that Node does not list: in a TLS handshake, or without their parser. */
  destroyAll(): void {
    this.#sockets.destroyAll();
  }

  #add(socket: Socket): void {
    if (this.#exchanges.size >= this.#max && !this.#evict()) {
      socket.destroy();
      return;
    }
    this.#exchanges.set(socket, new Set());
    socket.once('close', () => this.#exchanges.delete(socket));
  }

  #begin(socket: Socket, response: ServerResponse): void {
    const exchanges = this.#exchanges.get(socket);
    if (exchanges === undefined) return;
    if (exchanges.size >= MAX_PIPELINED) {
      socket.destroy();
      return;
    }
    const exchange: Exchange = { response };
    exchanges.add(exchange);
    this.#moveToEnd(socket, exchanges);
    response.once('close', () => {
      exchanges.delete(exchange);
      this.#moveToEnd(socket, exchanges);
    });
  }

  #moveToEnd(socket: Socket, exchanges: Set<Exchange>): void {
    if (this.#exchanges.delete(socket)) this.#exchanges.set(socket, exchanges);
  }

  /** False if every connection is waiting for a response of this server. */
  #evict(): boolean {
    for (const [socket, exchanges] of this.#exchanges) {
      if (!waitsForClient(exchanges)) continue;
      this.#exchanges.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #sweep(): void {
    const now = performance.now();
    for (const [socket, [oldest]] of this.#exchanges) {
      if (oldest === undefined || !oldest.response.writableEnded) continue;
      oldest.writtenAtMs ??= now;
      if (now - oldest.writtenAtMs >= READ_TIMEOUT_MS) socket.destroy();
    }
  }
}

/** Responses are sent in the order of the requests, so only the oldest exchange matters. */
function waitsForClient([oldest]: Set<Exchange>): boolean {
  return oldest === undefined || !oldest.response.req.complete || oldest.response.writableEnded;
}
