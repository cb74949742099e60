import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Seen from the client: `up` is towards the server. */
export type Direction = 'up' | 'down';

/** What happens to the bytes of one direction. */
interface Fault {
  delayMs: number;
  hung: boolean;
}

/**
 * A TCP proxy whose wires can be cut, slowed or hung, each direction for itself. What is hung is kept, and delivered
 * when it is released, as a network does.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #wires = new Set<Wire>();
  readonly #faults: Record<Direction, Fault> = { up: { delayMs: 0, hung: false }, down: { delayMs: 0, hung: false } };
  #refusing = false;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (client: Socket) => this.#accept(client));
  }

  /** Listens on a port of its own, in front of a port of this machine. */
  static async start(targetPort: number): Promise<FaultProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, targetPort);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on every chunk arrives that much later. */
  delay(ms: number): void {
    for (const fault of Object.values(this.#faults)) fault.delayMs = ms;
  }

  delayOne(direction: Direction, ms: number): void {
    this.#faults[direction].delayMs = ms;
  }

  /** Nothing arrives any more, and nobody is told. */
  hang(...directions: Direction[]): void {
    for (const direction of directions) this.#faults[direction].hung = true;
  }

  /** Breaks the connections that stand. */
  cut(): void {
    for (const wire of [...this.#wires]) wire.destroy();
  }

  /** Breaks new connections, too. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Everything flows again. */
  heal(): void {
    this.#refusing = false;
    this.delay(0);
    for (const fault of Object.values(this.#faults)) fault.hung = false;
    for (const wire of this.#wires) wire.flush();
  }

  async stop(): Promise<void> {
    this.refuse();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#refusing) return void client.resetAndDestroy();
    const wire = new Wire(client, connect(this.#targetPort, '127.0.0.1'), this.#faults, () => this.#wires.delete(wire));
    this.#wires.add(wire);
  }
}

/** One connection: two sockets, two directions. */
class Wire {
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

  #take(chunk: Buffer | 'end'): void {
    this.#waiting.push({ chunk, dueAt: performance.now() + this.#fault.delayMs });
    if (this.#timer === undefined) this.flush();
  }

  #deliver(chunk: Buffer | 'end'): void {
    if (this.#to.destroyed) return;
    if (chunk === 'end') this.#to.end();
    else this.#to.write(chunk);
  }
}
