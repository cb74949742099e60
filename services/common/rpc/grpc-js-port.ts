import { Server, ServerCredentials } from '@grpc/grpc-js';
import { GrpcJsServices } from './grpc-js-services.ts';
import type { ServiceParts } from './unary-handlers.ts';

const GRACE_ON_CLOSE_MS = 5_000;

/** Services over gRPC on a plain-text HTTP/2 port, served by grpc-js. */
export class GrpcJsPort {
  readonly services: GrpcJsServices;
  readonly #server: Server;

  /** `maxMessageBytes`: of a request; a larger one is RESOURCE_EXHAUSTED. */
  constructor(parts: ServiceParts, maxMessageBytes: number) {
    this.#server = new Server({ 'grpc.max_receive_message_length': maxMessageBytes });
    this.services = new GrpcJsServices(this.#server, parts);
  }

  /** Resolves with the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const bound = (error: Error | null, actual: number) => (error ? reject(error) : resolve(actual));
      this.#server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), bound);
    });
  }

  /** GOAWAY, then waits for the calls in flight, for 5 s at most. */
  async close(): Promise<void> {
    const bound = setTimeout(() => this.#server.forceShutdown(), GRACE_ON_CLOSE_MS);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(bound);
  }
}
