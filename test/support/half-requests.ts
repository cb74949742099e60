import { connect, type Socket } from 'node:net';

/** Raw connections that send the beginning of a request and never end by themselves, not even when the server does. */
export class HalfRequests {
  readonly #url: URL;
  readonly #sockets: Socket[] = [];

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Opens one; resolves once it stands. */
  async open(beginning: string): Promise<void> {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), allowHalfOpen: true });
    this.#sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(beginning);
  }

  /** How many of them the server holds: it has not closed them in both directions. */
  async countOpen(): Promise<number> {
    // The server has ended its direction; whether it still reads, only a write shows.
    for (const socket of this.#sockets) if (socket.readableEnded && socket.writable) socket.write('x');
    await new Promise((resolve) => setImmediate(resolve));
    return this.#sockets.filter((socket) => socket.writable).length;
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
