import { randomUUID } from 'node:crypto';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Clock } from '#common/process/clock.ts';
import { contextValuesFor } from '#common/rpc/connect-server.ts';

const MAX_MESSAGE_BYTES = 1024 * 1024;
const GRACE_ON_CLOSE_MS = 5_000;

export interface GrpcServerOptions {
  readonly clock: Clock;
  readonly interceptors: Interceptor[];
  readonly routes: (router: ConnectRouter) => void;
}

/** All services over plain-text HTTP/2: gRPC, gRPC-Web and Connect on one port. */
export class GrpcServer {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor({ clock, interceptors, routes }: GrpcServerOptions) {
    const adapter = connectNodeAdapter({
      routes,
      interceptors,
      readMaxBytes: MAX_MESSAGE_BYTES,
      contextValues: (request) =>
        contextValuesFor({
          requestId: randomUUID(),
          ipAddress: request.socket.remoteAddress ?? '',
          receivedAt: clock.preciseNow(),
        }),
    });
    this.#server = createServer(adapter);
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
  }

  /** Resolves with the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** GOAWAY, then waits for the calls under way, within a bound. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const bound = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, GRACE_ON_CLOSE_MS);
    await closed;
    clearTimeout(bound);
  }
}
