import { Redis } from 'ioredis';
import { within } from '../process/within.ts';
import { type Address, type Credentials, sniOption } from './redis-url.ts';

export interface OneShotOptions {
  readonly address: Address;
  readonly credentials: Credentials;
  readonly isTls: boolean;
  readonly database?: number;
  /** The timeout of connecting and of the work together. */
  readonly timeoutMs: number;
}

/** Connects once to a Redis or a Sentinel, without retries, and disconnects after `work`. */
export async function withClient<T>(options: OneShotOptions, work: (client: Redis) => Promise<T>): Promise<T> {
  const { address, credentials, isTls, database = 0, timeoutMs } = options;
  const client = new Redis({
    ...address,
    ...credentials,
    ...(isTls && { tls: sniOption(address.host) }),
    db: database,
    // sentinels.ts reads the replies of SENTINEL as flat lists. In RESP3 they would be maps.
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
  });
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure = error;
  });
  try {
    return await within(
      timeoutMs,
      client.connect().then(() => work(client)),
    );
  } catch (error) {
    // The 'error' event has the cause; the rejection often has only "Connection is closed."
    throw failure ?? error;
  } finally {
    client.disconnect();
  }
}
