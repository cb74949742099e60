import { Redis, type Result } from 'ioredis';
import { unavailable } from '../errors/app-error.ts';
import { KEY_HASH_BYTES } from './entry.ts';
import { epochOf } from './epoch.ts';
import { DROP, FENCE, FILL } from './scripts.ts';
import { untilReady } from './until-ready.ts';

/** How to reach Redis. */
export interface RedisOptions {
  readonly url: string;
  /** Put before every key, so that several stacks can share one Redis. */
  readonly keyPrefix: string;
  /** The longest wait for any reply; a hung Redis costs this much. */
  readonly commandTimeoutMs: number;
}

const RECONNECT_MAX_MS = 500;
/** Without an octet from the server while it owes a reply. */
const SOCKET_TIMEOUT_MS = 5_000;

/**
 * One connection to Redis, with the epoch of the server at its other end, which is read on every new connection before
 * any other command. Commands are never queued while offline nor sent again on another connection: an old write must not
 * reach a new epoch.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #keyPrefix: Buffer;
  #epochPrefix: Buffer | undefined;

  constructor(options: RedisOptions) {
    this.#keyPrefix = Buffer.from(options.keyPrefix);
    this.#redis = new Redis(options.url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: options.commandTimeoutMs,
      connectTimeout: options.commandTimeoutMs,
      // A primary that has been made a replica keeps its connections; the new one is found by connecting again.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
      // A host that has vanished says nothing any more: give it up, and what is connected to next may be its successor.
      socketTimeout: SOCKET_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(RECONNECT_MAX_MS, 20 * 2 ** Math.min(attempt, 5)),
      scripts: {
        fillEntry: { lua: FILL, numberOfKeys: 1 },
        fenceEntries: { lua: FENCE },
        dropEntries: { lua: DROP },
      },
    });
    this.#redis.on('error', () => {}); // each command reports its own failure; the connection retries by itself
    this.#redis.on('close', () => {
      this.#epochPrefix = undefined;
    });
    this.#redis.on('ready', () => void this.#readEpoch());
  }

  /** Whether commands can be sent. */
  get ready(): boolean {
    return this.#epochPrefix !== undefined && this.#redis.status === 'ready';
  }

  /** The client, for commands; throws UNAVAILABLE while there is no connection of a known epoch. */
  get client(): Redis {
    this.#requireEpoch();
    return this.#redis;
  }

  /** The key of a token hash in the epoch of this connection. */
  key(tokenHash: Buffer): Buffer {
    return Buffer.concat([this.#requireEpoch(), tokenHash.subarray(0, KEY_HASH_BYTES)]);
  }

  /** Resolves when the first connection stands; rejects with UNAVAILABLE after `timeoutMs`. */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    await untilReady(() => this.ready, timeoutMs);
  }

  /** Ends the connection; commands under way fail. */
  close(): void {
    this.#redis.disconnect();
  }

  #requireEpoch(): Buffer {
    if (!this.ready) throw unavailable('the token-state cache (Redis) cannot be reached');
    return this.#epochPrefix as Buffer;
  }

  async #readEpoch(): Promise<void> {
    const info = await this.#redis.info().catch(() => undefined);
    const epoch = info === undefined ? undefined : epochOf(info);
    // Without an epoch nothing may be read or written: drop the connection and let it be made anew.
    if (epoch === undefined) return this.#redis.disconnect(true);
    this.#epochPrefix = Buffer.concat([this.#keyPrefix, epoch]);
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    fillEntry(key: Buffer, claim: Buffer, state: Buffer, lifeMs: number): Result<number, Context>;
    fenceEntries(numberOfKeys: number, ...keysAndArguments: (Buffer | number)[]): Result<number, Context>;
    dropEntries(numberOfKeys: number, ...keysAndArguments: (Buffer | number)[]): Result<number, Context>;
  }
}
