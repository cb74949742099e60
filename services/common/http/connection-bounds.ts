import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/** Requests of a connection whose answers have not been taken yet. Hardly any client sends a second one before the answer. */
export const MAX_PIPELINED = 8;
/** From when an answer has been given until it has been taken; the largest are the scripts of the pages. */
const ANSWER_TIMEOUT_MS = 60_000;
const SWEEP_INTERVAL_MS = 500;

interface Exchange {
  readonly response: ServerResponse;
  /** When the sweep first saw that the answer had been given. */
  givenAtMs?: number;
}

/**
 * The connections of an HTTP server, of which there are at most so many. Beyond that, the one goes that has been waiting
 * longest for its client, to send a whole request or to take an answer; so whoever opens connections and then does not
 * go on ends his own. Bounds what one connection can ask for as well.
 */
export class ConnectionBounds {
  /** By connection, the oldest first; the connection on which nothing has happened for longest comes first. */
  readonly #exchanges = new Map<Socket, Set<Exchange>>();
  readonly #max: number;

  constructor(server: Server, max: number) {
    this.#max = max;
    // Requests come by the socket above TLS; handshakes have a bound of their own.
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => this.#add(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#begin(request.socket, response));
    const sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    server.once('close', () => clearInterval(sweeper));
  }

  get count(): number {
    return this.#exchanges.size;
  }

  /** Ends all of them now, whatever they are doing; also those that Node's own list has lost with their parser. */
  destroyAll(): void {
    for (const socket of this.#exchanges.keys()) socket.destroy();
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

  /** False where we are busy with a request of every connection. */
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
      oldest.givenAtMs ??= now;
      if (now - oldest.givenAtMs >= ANSWER_TIMEOUT_MS) socket.destroy();
    }
  }
}

/** Answers go out in the order of the requests, so what happens next depends on the oldest. */
function waitsForClient([oldest]: Set<Exchange>): boolean {
  return oldest === undefined || !oldest.response.req.complete || oldest.response.writableEnded;
}
