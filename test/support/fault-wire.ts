import type { Socket } from 'node:net';

/** Seen from the client: `up` is towards the server. */
export type Direction = 'up' | 'down';

/** What happens to the bytes of one direction. */
export interface Fault {
  delayMs: number;
  hung: boolean;
}

/** One connection: two sockets, two directions. */
export class Wire {
  readonly #sockets: readonly [Socket, Socket];
  readonly #lines: readonly Line[];

  constructor(client: Socket, server: Socket, faults: Record<Direction, Fault>, onEnd: () => void) {
    this.#sockets = [client, server];
    this.#lines = [new Line(client, server, faults.up), new Line(server, client, faults.down)];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) onEnd();
      });
    }
  }

  flush(): void {
    for (const line of this.#lines) line.flush();
  }

  abandon(): void {
    for (const line of this.#lines) line.abandon();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

/** One direction: chunks in their order, then the end. */
class Line {
  readonly #to: Socket;
  readonly #fault: Fault;
  readonly #waiting: { readonly chunk: Buffer | 'end'; readonly dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #abandoned = false;

  constructor(from: Socket, to: Socket, fault: Fault) {
    this.#to = to;
    this.#fault = fault;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.once('end', () => this.#take('end'));
  }

  /** Delivers what is due. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (!this.#fault.hung) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), waitMs);
        return;
      }
      this.#waiting.shift();
      this.#deliver(next.chunk);
    }
  }

  abandon(): void {
    this.#abandoned = true;
  }

  #take(chunk: Buffer | 'end'): void {
    if (this.#abandoned) return;
    this.#waiting.push({ chunk, dueAt: performance.now() + this.#fault.delayMs });
    if (this.#timer === undefined) this.flush();
  }

  #deliver(chunk: Buffer | 'end'): void {
    if (this.#to.destroyed) return;
    if (chunk === 'end') this.#to.end();
    else this.#to.write(chunk);
  }
}
