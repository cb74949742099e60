import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Direction, type Fault, Wire } from './fault-wire.ts';

/**
 * A TCP proxy whose wires can be cut, slowed or hung, each direction for itself. What is hung is kept, and delivered
 * when it is released, as a network does.
 */
export class FaultProxy {
  readonly #server: Server;
  #targetPort: number;
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

  /** Connections that stand. */
  get connections(): number {
    return this.#wires.size;
  }

  /** New connections lead to that port of this machine; those that stand stay where they are. */
  switchTo(targetPort: number): void {
    this.#targetPort = targetPort;
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

  /** The host of the connections that stand is gone without a word: nothing of theirs ever arrives. New ones work. */
  vanish(): void {
    for (const wire of this.#wires) wire.abandon();
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
