import type { Socket } from 'node:net';

/** `up` is from the client to the server. */
export type Direction = 'up' | 'down';

/** The fault of one direction. */
export interface Fault {
  delayMs: number;
  hung: boolean;
}

/** A connection through a FaultProxy: two sockets, two directions. */
export class ProxiedConnection {
  readonly #sockets: readonly [Socket, Socket];
  readonly #streams: readonly [Stream, Stream];

  constructor(client: Socket, server: Socket, faults: Record<Direction, Fault>, onEnd: () => void) {
    this.#sockets = [client, server];
    this.#streams = [new Stream(client, server, faults.up), new Stream(server, client, faults.down)];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) onEnd();
      });
    }
  }

  /** Bytes received in that direction and not delivered yet. */
  bufferedBytes(direction: Direction): number {
    return this.#streams[direction === 'up' ? 0 : 1].bufferedBytes;
  }

  flush(): void {
    for (const stream of this.#streams) stream.flush();
  }

  /** Discards all bytes received from now on. The sockets stay open. */
  discardFurtherBytes(): void {
    for (const stream of this.#streams) stream.discardFurtherBytes();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

/** One direction: chunks in order, then the end. */
class Stream {
  readonly #to: Socket;
  readonly #fault: Fault;
  readonly #pending: { readonly chunk: Buffer | 'end'; readonly dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isDiscarding = false;

  constructor(from: Socket, to: Socket, fault: Fault) {
    this.#to = to;
    this.#fault = fault;
    from.on('data', (chunk: Buffer) => this.#receive(chunk));
    from.once('end', () => this.#receive('end'));
  }

  get bufferedBytes(): number {
    return this.#pending.reduce((sum, { chunk }) => sum + (chunk === 'end' ? 0 : chunk.length), 0);
  }

  /** Delivers the chunks that are due. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (!this.#fault.hung) {
      const [next] = this.#pending;
      if (next === undefined) return;
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), waitMs);
        return;
      }
      this.#pending.shift();
      this.#deliver(next.chunk);
    }
  }

  discardFurtherBytes(): void {
    this.#isDiscarding = true;
  }

  #receive(chunk: Buffer | 'end'): void {
    if (this.#isDiscarding) return;
    this.#pending.push({ chunk, dueAt: performance.now() + this.#fault.delayMs });
    if (this.#timer === undefined) this.flush();
  }

  #deliver(chunk: Buffer | 'end'): void {
    if (this.#to.destroyed) return;
    if (chunk === 'end') this.#to.end();
    else this.#to.write(chunk);
  }
}
