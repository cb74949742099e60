import { Socket } from 'node:net';
import { AbstractConnector, type RedisOptions as ClientOptions, Redis } from 'ioredis';
import type { RedisServers } from '#common/redis/redis-servers.ts';

const RECONNECT_MAX_MS = 500;
/** How long the server may send nothing while a reply is pending. */
const SOCKET_TIMEOUT_MS = 5_000;
const DISCONNECT_TIMEOUT_MS = 2_000;

/** A client that finds the primary at each attempt to connect, and neither queues commands nor sends them again. */
export function newRedisClient(
  servers: RedisServers,
  timeoutMs: number,
  options: Pick<ClientOptions, 'reconnectOnError' | 'scripts'>,
): Redis {
  const { credentials, database, isTls } = servers.target;
  return new Redis({
    ...options,
    ...credentials,
    ...(isTls && { tls: {} }),
    db: database,
    Connector: connectorOf(servers),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // Detects a host that is gone, so that the next connection can reach its replacement.
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(RECONNECT_MAX_MS, 20 * 2 ** Math.min(attempt, 5)),
  });
}

const connectorOf = (servers: RedisServers) =>
  class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      this.stream = await servers.connect().catch((error: Error) => this.#failed(error));
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      // The client was disconnected meanwhile.
      if (!this.connecting) this.stream.destroy();
      return this.stream;
    }

    /** ioredis reports this error and connects again. If connect() rejected, it would not connect again. */
    #failed(error: Error): Socket {
      this.firstError = error;
      return new Socket().destroy();
    }
  };
