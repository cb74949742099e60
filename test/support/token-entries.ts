import { Redis } from 'ioredis';
import { RedisConnection } from '../../services/auth-server/token-state/redis-connection.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { tokenKey } from '../../services/common/token-state/keys.ts';
import { untilReady } from './redis.ts';

const WAIT_MS = 5_000;

/** Reads the cache entries in Redis directly, without the services. */
export class TokenEntries {
  readonly #redis: Redis;
  readonly #connection: RedisConnection;
  readonly #keyPrefix: string;

  private constructor(redis: { url: string; keyPrefix: string }) {
    this.#keyPrefix = redis.keyPrefix;
    this.#redis = new Redis(redis.url);
    this.#connection = new RedisConnection({ ...redis, commandTimeoutMs: 1_000 });
  }

  static async connect(redis: { url: string; keyPrefix: string }): Promise<TokenEntries> {
    const entries = new TokenEntries(redis);
    await untilReady(entries.#connection);
    return entries;
  }

  /** The kind of the entry of an access token: `S` a state, `L` a lease, `F` a fence, undefined for none. */
  async kindOf(accessToken: string): Promise<string | undefined> {
    const entry = await this.#redis.getBuffer(this.#connection.generation.key(tokenKey(hashCredential(accessToken))));
    return entry?.subarray(0, 1).toString();
  }

  /** Introspects until the state is cached: replicas fill the cache after they have responded. */
  async fill(accessToken: string, introspect: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while ((await this.kindOf(accessToken)) !== 'S') {
      if (performance.now() > deadline) throw new Error('the state was not cached in time');
      await introspect();
    }
  }

  /** Every key that begins with the prefix, with its value. */
  async dump(): Promise<Map<Buffer, Buffer>> {
    const dump = new Map<Buffer, Buffer>();
    let cursor = '0';
    do {
      const [next, keys] = await this.#redis.scanBuffer(cursor, 'MATCH', `${this.#keyPrefix}*`, 'COUNT', 1_000);
      for (const key of keys) dump.set(key, (await this.#redis.getBuffer(key)) ?? Buffer.alloc(0));
      cursor = next.toString();
    } while (cursor !== '0');
    return dump;
  }

  close(): void {
    this.#connection.close();
    this.#redis.disconnect();
  }
}
