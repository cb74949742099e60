import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Log } from '#common/process/log.ts';
import {
  ConnectionError,
  createUnaryServer,
  type UnaryMethod,
  type UnaryServer,
} from '#common/unary-h2/unary-server.ts';

/** The lane on a TCP port of its own (docs/adr/0005). */
export class LanePort {
  readonly lane: UnaryServer;
  readonly #server: Server;

  constructor(methods: ReadonlyMap<string, UnaryMethod>, log: Log) {
    this.lane = createUnaryServer({
      methods,
      // A peer that breaks the protocol is its own business; a handler that throws is ours.
      onError: (error) => {
        if (error instanceof ConnectionError) log.debug({ err: error }, 'a lane connection was closed for an error');
        else log.error({ err: error }, 'unexpected error on the lane');
      },
    });
    this.#server = createServer((socket) => this.lane.accept(socket));
  }

  /** Resolves with the port it listens on. `isShared`: other processes listen there, too (SO_REUSEPORT). */
  listen(host: string, port: number, isShared: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, reusePort: isShared }, () =>
        resolve((this.#server.address() as AddressInfo).port),
      );
    });
  }

  /** GOAWAY, then the calls under way end, within a bound. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await this.lane.drain();
    await closed;
  }
}
