import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { certificateName } from '../tls/certificate-name.ts';
import {
  ConnectionError,
  createUnaryServer,
  type Limits,
  type ServerStats,
  type UnaryServer,
} from '../unary-h2/unary-server.ts';
import { UnaryH2Methods } from './unary-h2-methods.ts';
import type { ServiceParts } from './unary-handlers.ts';

/** Unary services over gRPC on an HTTP/2 port, served by unary-h2. */
export class UnaryH2Port {
  readonly services: UnaryH2Methods;
  readonly #unaryServer: UnaryServer;
  readonly #server: Server;

  /** `limits`: in place of DEFAULT_LIMITS. */
  constructor(parts: ServiceParts, limits: Partial<Limits> = {}) {
    const { log, tls } = parts;
    this.services = new UnaryH2Methods(parts);
    this.#unaryServer = createUnaryServer({
      methods: this.services.methods,
      limits,
      // A peer that breaks the protocol is its own business; a handler that throws is ours.
      onError: (error) => {
        if (error instanceof ConnectionError) log.debug({ err: error }, 'connection closed for a protocol error');
        else log.error({ err: error }, 'unexpected error in a unary-h2 handler');
      },
    });
    const accept = (socket: Socket) => this.#unaryServer.accept(socket, certificateName(socket));
    this.#server = tls?.createHttp2Listener(accept) ?? createServer(accept);
  }

  get stats(): Readonly<ServerStats> {
    return this.#unaryServer.stats;
  }

  /** Resolves with the port it listens on. `isShared`: other processes listen there, too (SO_REUSEPORT). */
  listen(host: string, port: number, isShared = false): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, reusePort: isShared }, () =>
        resolve((this.#server.address() as AddressInfo).port),
      );
    });
  }

  /** GOAWAY, then waits for the calls in flight, within a bound. Resolves at once if it has never listened. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await this.#unaryServer.drain();
    await closed;
  }
}
