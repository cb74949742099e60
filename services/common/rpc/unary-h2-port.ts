import { createServer, type Server, type Socket } from 'node:net';
import type { PortName } from '../observe/request-observer.ts';
import { acceptPending } from '../process/accept-pending.ts';
import { listen } from '../process/listen.ts';
import { ServerSockets } from '../process/server-sockets.ts';
import { certificateName } from '../tls/certificate-name.ts';
import {
  ConnectionError,
  createUnaryServer,
  type Limits,
  type ServerStats,
  type UnaryServer,
} from '../unary-h2/unary-server.ts';
import { UnaryH2Methods } from './unary-h2-methods.ts';
import type { ServiceDependencies } from './unary-handlers.ts';

/** A gRPC port for unary methods over HTTP/2, served by unary-h2. */
export class UnaryH2Port {
  readonly services: UnaryH2Methods;
  readonly #unaryServer: UnaryServer;
  readonly #server: Server;
  readonly #sockets: ServerSockets;

  /** `limits` override DEFAULT_LIMITS. */
  constructor(name: PortName, dependencies: ServiceDependencies, limits: Partial<Limits> = {}) {
    const { log, tls } = dependencies;
    this.services = new UnaryH2Methods(dependencies, name);
    this.#unaryServer = createUnaryServer({
      methods: this.services.methods,
      limits,
      // A ConnectionError is the peer's fault, any other error a defect of the server.
      onError: (error) => {
        if (error instanceof ConnectionError) log.debug({ err: error }, 'http/2 connection closed with an error');
        else log.error({ err: error }, 'unexpected error in unary-h2');
      },
    });
    const accept = (socket: Socket) => this.#unaryServer.accept(socket, certificateName(socket));
    this.#server = tls?.createHttp2Listener(accept) ?? createServer(accept);
    this.#sockets = new ServerSockets(this.#server);
  }

  get stats(): Readonly<ServerStats> {
    return this.#unaryServer.stats;
  }

  /** Resolves with the port. `isShared`: other processes listen on it too (SO_REUSEPORT). */
  listen(host: string, port: number, isShared = false): Promise<number> {
    return listen(this.#server, { host, port, reusePort: isShared });
  }

  /** Sends GOAWAY and waits for the calls in flight, within a time limit. Resolves at once if it has never listened. */
  async close(): Promise<void> {
    await acceptPending(this.#server);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await this.#unaryServer.drain();
    this.#sockets.destroyAll(); // unfinished handshakes
    await closed;
  }
}
