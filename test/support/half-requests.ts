import { connect, type Socket } from 'node:net';

/** Connections that send the beginning of a request and never close, even if the server does. */
export class HalfRequests {
  readonly #url: URL;
  readonly #sockets: Socket[] = [];

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Opens a connection and sends the beginning of a request. */
  async open(beginning: string): Promise<void> {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), allowHalfOpen: true });
    this.#sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(beginning);
  }

  /** The number of connections of which the server has left at least one direction open. */
  async countOpen(): Promise<number> {
    // After the server has ended its direction, only a write shows whether it still reads.
    for (const socket of this.#sockets) if (socket.readableEnded && socket.writable) socket.write('x');
    await new Promise((resolve) => setImmediate(resolve));
    return this.#sockets.filter((socket) => socket.writable).length;
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
