import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { http2ServerOf } from './grpc-js-internals.ts';
import { DEFAULT_PEER_LIMITS, GrpcJsPeers, type PeerLimits } from './grpc-js-peers.ts';
import { GrpcJsServices } from './grpc-js-services.ts';
import type { ServiceParts } from './unary-handlers.ts';

const GRACE_ON_CLOSE_MS = 5_000;

export interface GrpcJsPortOptions {
  /** Of a request; a larger one is RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Give or take a tenth. Older connections end once their calls have, so that clients look again which servers there are. */
  readonly maxConnectionAgeMs: number;
  /** In place of DEFAULT_PEER_LIMITS, for tests. */
  readonly limits?: Partial<PeerLimits>;
}

/** Services over gRPC on an HTTP/2 port, served by grpc-js. */
export class GrpcJsPort {
  readonly services: GrpcJsServices;
  readonly #grpc: GrpcServer;
  /** grpc-js would listen by itself, but to names and addresses of its own syntax, and with one certificate for good. */
  readonly #listener: Server;

  constructor(parts: ServiceParts, { maxMessageBytes, maxConnectionAgeMs, limits }: GrpcJsPortOptions) {
    const all = { ...DEFAULT_PEER_LIMITS, ...limits };
    const peers = new GrpcJsPeers(all);
    this.services = new GrpcJsServices(parts, peers, {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_concurrent_streams': all.maxConcurrentStreams,
      'grpc.max_connection_age_ms': maxConnectionAgeMs,
      'grpc.enable_channelz': 0,
    });
    this.#grpc = this.services.server;
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    peers.watch(http2ServerOf(this.#grpc));
    const inject = (socket: Socket) => injector.injectConnection(socket);
    this.#listener = parts.tls?.createHttp2Listener(inject) ?? createServer(inject);
  }

  /** Resolves with the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen({ host, port }, () => resolve((this.#listener.address() as AddressInfo).port));
    });
  }

  /** GOAWAY, then waits for the calls in flight, for `graceMs` at most. */
  async close(graceMs = GRACE_ON_CLOSE_MS): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    const bound = setTimeout(() => this.#grpc.forceShutdown(), graceMs);
    await new Promise<void>((resolve) => this.#grpc.tryShutdown(() => resolve()));
    await closed;
    clearTimeout(bound);
  }
}
