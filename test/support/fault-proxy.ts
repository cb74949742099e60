import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Direction, type Fault, ProxiedConnection } from './proxied-connection.ts';

const DIRECTIONS: readonly Direction[] = ['up', 'down'];
const orBoth = (directions: readonly Direction[]) => (directions.length > 0 ? directions : DIRECTIONS);

/**
 * A TCP proxy that can cut, delay or hang its connections; delay and hang also in one direction only. The bytes of a hung
 * connection are buffered and delivered later, as in a network.
 */
export class FaultProxy {
  readonly #server: Server;
  #targetPort: number;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #faults: Record<Direction, Fault> = { up: { delayMs: 0, hung: false }, down: { delayMs: 0, hung: false } };
  #refusing = false;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (client: Socket) => this.#accept(client));
  }

  /** Listens on a free port and forwards to a local port. */
  static async start(targetPort: number): Promise<FaultProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, targetPort);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes of all connections that were received in that direction and not delivered yet. */
  bufferedBytes(direction: Direction): number {
    return [...this.#connections].reduce((sum, connection) => sum + connection.bufferedBytes(direction), 0);
  }

  /** Forwards new connections to that local port. Open connections stay. */
  switchTo(targetPort: number): void {
    this.#targetPort = targetPort;
  }

  /** Delays every chunk from now on. */
  delay(ms: number, ...directions: Direction[]): void {
    for (const direction of orBoth(directions)) this.#faults[direction].delayMs = ms;
  }

  /** Delivers nothing and closes nothing. */
  hang(...directions: Direction[]): void {
    for (const direction of orBoth(directions)) this.#faults[direction].hung = true;
  }

  /**
   * Discards all bytes that open connections receive from now on, without closing them, as if the host had vanished. New
   * connections work.
   */
  vanish(): void {
    for (const connection of this.#connections) connection.discardFurtherBytes();
  }

  /** Resets open connections. */
  cut(): void {
    for (const connection of [...this.#connections]) connection.destroy();
  }

  /** Resets open and new connections. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Ends all faults, except of connections that have vanished. Delivers what is due; delayed chunks follow at their time. */
  heal(): void {
    this.#refusing = false;
    this.delay(0);
    for (const direction of DIRECTIONS) this.#faults[direction].hung = false;
    for (const connection of this.#connections) connection.flush();
  }

  async stop(): Promise<void> {
    this.refuse();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#refusing) return void client.resetAndDestroy();
    const connection = new ProxiedConnection(client, connect(this.#targetPort, '127.0.0.1'), this.#faults, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }
}
