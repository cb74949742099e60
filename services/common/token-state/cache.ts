import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../process/clock.ts';
import { ID_BYTES, STAMP_ID_BYTES, stampIdIn } from './entry.ts';
import { type CacheKey, type StampRef, stampKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { type KnownStamps, StampMemory } from './stamp-memory.ts';

/**
 * Longer than any change may take from its fence to its commit: the transaction's own bound is far below it, and a COMMIT
 * that stalls inside Postgres has the rest. What a crash leaves behind costs misses below these keys for as long.
 */
export const FENCE_LIFE_MS = 5 * 60_000;
/** Longer than the life of any state, and prolonged by each question that reads the stamp. */
const STAMP_LIFE_MS = 24 * 60 * 60_000;
/** Keys in one script call: bounds the time for which Redis does nothing else. */
const MAX_STAMPS_PER_CALL = 1_000;

/** The id of a change, which its fences carry. */
export const newChangeId = (): Buffer => randomBytes(ID_BYTES);

/** The cache as a change sees it. `changeId` is 8 bytes. Errors are UNAVAILABLE. */
export interface TokenStateFence {
  /** From here until `drop` (or FENCE_LIFE_MS) nothing under these keys is filled, and no state under these stamps is an answer. */
  fence(changeId: Buffer, keys: readonly CacheKey[]): Promise<void>;
  /** After this no state from before it is an answer, whoever reads it. */
  drop(changeId: Buffer, keys: readonly CacheKey[]): Promise<void>;
}

/** The cache as a question to Postgres sees it. */
export interface StampReader {
  /** What is remembered of stamps, for states that are read after this; undefined while Redis cannot be reached. */
  knownStamps(): KnownStamps | undefined;
  /** The same after these have been read, and a new one has been put where there was none. Errors are UNAVAILABLE. */
  readStamps(refs: readonly StampRef[]): Promise<KnownStamps>;
}

/** The token-state cache in Redis, for those who change states and who read them from Postgres (docs/caching.md). */
export class TokenStateCache implements TokenStateFence, StampReader {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  /** Of the generation that the connection has learnt last. */
  #memory: StampMemory | undefined;

  constructor(connection: RedisConnection, clock: Clock = systemClock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async fence(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    await client.fenceKeys(...generation.scriptArguments(keys, [changeId, String(FENCE_LIFE_MS)]));
    this.#memory?.forget(keys);
  }

  async drop(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    await client.dropKeys(...generation.scriptArguments(keys, [changeId]));
    this.#memory?.forget(keys);
  }

  knownStamps(): KnownStamps | undefined {
    return this.#connection.isReady ? this.#stamps().known() : undefined;
  }

  async readStamps(refs: readonly StampRef[]): Promise<KnownStamps> {
    const { client, generation } = this.#connection;
    const memory = this.#stamps();
    const stamp = [randomBytes(STAMP_ID_BYTES), String(STAMP_LIFE_MS)];
    const readSome = async (some: readonly StampRef[]) => {
      const values = await client.readStampsBuffer(...generation.scriptArguments(some.map(stampKey), stamp));
      memory.remember(some, values.map(stampIdIn));
    };
    const calls: Promise<void>[] = [];
    for (let at = 0; at < refs.length; at += MAX_STAMPS_PER_CALL) {
      calls.push(readSome(refs.slice(at, at + MAX_STAMPS_PER_CALL)));
    }
    await Promise.all(calls);
    return memory.known();
  }

  /** What is remembered on this connection. */
  #stamps(): StampMemory {
    const { generation } = this.#connection;
    if (this.#memory?.generation !== generation.id) this.#memory = new StampMemory(generation.id, this.#clock);
    return this.#memory;
  }
}
