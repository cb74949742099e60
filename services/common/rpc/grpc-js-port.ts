import { createServer, type Server, type Socket } from 'node:net';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { acceptPending } from '../process/accept-pending.ts';
import { listen } from '../process/listen.ts';
import { ServerSockets } from '../process/server-sockets.ts';
import { http2ServerOf, joinAuthorizationHeaders } from './grpc-js-internals.ts';
import { DEFAULT_PEER_LIMITS, GrpcJsPeers, type PeerLimits } from './grpc-js-peers.ts';
import { GrpcJsServices } from './grpc-js-services.ts';
import type { ServiceDependencies } from './unary-handlers.ts';

const GRACE_ON_CLOSE_MS = 5_000;

export interface GrpcJsPortOptions {
  /** Maximum size of a request. A larger one is RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /**
   * Varies by ±10 %. Older connections end when their calls have ended, so that clients resolve the addresses of replicas
   * again.
   */
  readonly maxConnectionAgeMs: number;
  /** Override DEFAULT_PEER_LIMITS, for tests. */
  readonly limits?: Partial<PeerLimits>;
}

/** A gRPC port over HTTP/2, served by grpc-js. */
export class GrpcJsPort {
  readonly services: GrpcJsServices;
  readonly #grpc: GrpcServer;
  /** Replaces the listener of grpc-js, which expects addresses in another syntax and cannot change its certificate. */
  readonly #listener: Server;
  readonly #sockets: ServerSockets;
  #isClosing = false;

  constructor(dependencies: ServiceDependencies, { maxMessageBytes, maxConnectionAgeMs, limits }: GrpcJsPortOptions) {
    const all = { ...DEFAULT_PEER_LIMITS, ...limits };
    const peers = new GrpcJsPeers(all);
    this.services = new GrpcJsServices(dependencies, peers, {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_concurrent_streams': all.maxConcurrentStreams,
      'grpc.max_connection_age_ms': maxConnectionAgeMs,
      'grpc.enable_channelz': 0,
    });
    this.#grpc = this.services.server;
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const http2Server = http2ServerOf(this.#grpc);
    peers.watch(http2Server);
    joinAuthorizationHeaders(http2Server);
    // grpc-js would not send GOAWAY on a connection that begins after the shutdown.
    const inject = (socket: Socket) => (this.#isClosing ? socket.destroy() : injector.injectConnection(socket));
    this.#listener = dependencies.tls?.createHttp2Listener(inject) ?? createServer(inject);
    this.#sockets = new ServerSockets(this.#listener);
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return listen(this.#listener, { host, port });
  }

  /** Closes the port, sends GOAWAY, and waits at most `graceMs` for the calls in flight. Then it destroys what is left. */
  async close(graceMs = GRACE_ON_CLOSE_MS): Promise<void> {
    await acceptPending(this.#listener);
    this.#isClosing = true;
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    const graceTimer = setTimeout(() => this.#sockets.destroyAll(), graceMs);
    await new Promise<void>((resolve) => this.#grpc.tryShutdown(() => resolve()));
    await closed;
    clearTimeout(graceTimer);
  }
}
