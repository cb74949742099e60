import { randomBytes } from 'node:crypto';
import { ID_BYTES, STAMP_ID_BYTES, stampIdIn } from './entry.ts';
import { type CacheKey, type StampRef, stampKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

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

/** Stamps as they stood at one time in one generation. */
export interface StampsRead {
  /** 8 bytes. */
  readonly generation: Buffer;
  /** By `stampKey()` as latin1 text: the id of the stamp, 6 bytes. One that is fenced is missing: nothing may be cached under it. */
  readonly ids: ReadonlyMap<string, Buffer>;
}

/** The cache as a question to Postgres sees it. */
export interface StampReader {
  /** Reads stamps, and puts a new one where there is none. Call it before Postgres is read. Errors are UNAVAILABLE. */
  readStamps(refs: readonly StampRef[]): Promise<StampsRead>;
}

/** The token-state cache in Redis, for those who change states and who read them from Postgres (docs/caching.md). */
export class TokenStateCache implements TokenStateFence, StampReader {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async fence(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    await client.fenceKeys(...generation.scriptArguments(keys, [changeId, String(FENCE_LIFE_MS)]));
  }

  async drop(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    await client.dropKeys(...generation.scriptArguments(keys, [changeId]));
  }

  async readStamps(refs: readonly StampRef[]): Promise<StampsRead> {
    const { client, generation } = this.#connection;
    const stamp = [randomBytes(STAMP_ID_BYTES), String(STAMP_LIFE_MS)];
    const ids = new Map<string, Buffer>();
    const readSome = async (keys: CacheKey[]) => {
      const values = await client.readStampsBuffer(...generation.scriptArguments(keys, stamp));
      for (const [index, key] of keys.entries()) {
        const id = stampIdIn(values[index] as Buffer);
        if (id !== undefined) ids.set(key.toString('latin1'), id);
      }
    };
    const calls: Promise<void>[] = [];
    for (let at = 0; at < refs.length; at += MAX_STAMPS_PER_CALL) {
      calls.push(readSome(refs.slice(at, at + MAX_STAMPS_PER_CALL).map(stampKey)));
    }
    await Promise.all(calls);
    return { generation: generation.id, ids };
  }
}
