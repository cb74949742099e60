import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of an HTTP server, of which there are at most so many. Beyond that, the one goes that has been waiting
 * longest for a whole request; so whoever opens connections and sends halves of requests ends his own.
 */
export class ConnectionBounds {
  /** The request that a connection is busy with, if any; the one that has been quiet longest comes first. */
  readonly #current = new Map<Socket, IncomingMessage | undefined>();
  readonly #max: number;

  constructor(server: Server, max: number) {
    this.#max = max;
    server.on('connection', (socket: Socket) => this.#add(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#move(request.socket, request);
      response.once('close', () => this.#move(request.socket, undefined));
    });
  }

  get count(): number {
    return this.#current.size;
  }

  /** Ends all of them now, whatever they are doing; also those that Node's own list has lost with their parser. */
  destroyAll(): void {
    for (const socket of this.#current.keys()) socket.destroy();
  }

  #add(socket: Socket): void {
    if (this.#current.size >= this.#max && !this.#evict()) {
      socket.destroy();
      return;
    }
    this.#current.set(socket, undefined);
    socket.once('close', () => this.#current.delete(socket));
  }

  #move(socket: Socket, request: IncomingMessage | undefined): void {
    if (!this.#current.delete(socket)) return;
    this.#current.set(socket, request);
  }

  /** False where every connection has a request that has arrived in full and is being answered. */
  #evict(): boolean {
    for (const [socket, request] of this.#current) {
      if (request?.complete) continue;
      this.#current.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}
