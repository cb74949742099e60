import { Redis } from 'ioredis';
import type { Address, Credentials } from './redis-url.ts';

export interface OneShotOptions {
  readonly address: Address;
  readonly credentials: Credentials;
  readonly isTls: boolean;
  readonly database?: number;
  /** The timeout of connecting, and of each reply. */
  readonly timeoutMs: number;
}

/** Connects once to a Redis or a Sentinel, without retries, and disconnects after `work`. */
export async function withClient<T>(options: OneShotOptions, work: (client: Redis) => Promise<T>): Promise<T> {
  const { address, credentials, isTls, database = 0, timeoutMs } = options;
  const client = new Redis({
    ...address,
    ...credentials,
    ...(isTls && { tls: {} }),
    db: database,
    // Replies of SENTINEL are flat lists in RESP2.
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure = error;
  });
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw failure ?? error;
  } finally {
    client.disconnect();
  }
}
