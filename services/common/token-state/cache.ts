import { randomBytes } from 'node:crypto';
import { ID_BYTES, STAMP_ID_BYTES, stampIdIn } from './entry.ts';
import type { Generation } from './generation.ts';
import { type CacheKey, isStampKey, STAMPS_VERSION_KEY, type StampRef, stampKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { StampsRead } from './stamps-read.ts';

/**
 * Longer than any change may take from its fence to its commit: the transaction's own bound is far below it, and a COMMIT
 * that stalls inside Postgres has the rest. What a crash leaves behind costs misses below these keys for as long.
 */
const FENCE_LIFE_MS = 5 * 60_000;
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
  /**
   * Of all stamps, as it was read last on this connection; undefined while one is fenced. It is fenced and dropped with each.
   * Stamps that are read with the version that was known before Postgres was asked are as good as read before: no change of
   * any stamp has been in progress since.
   */
  readonly version: Buffer | undefined;
  /** Reads stamps, and puts a new one where there is none. Errors are UNAVAILABLE. */
  readStamps(refs: readonly StampRef[]): Promise<StampsRead>;
}

/** The token-state cache in Redis, for those who change states and who read them from Postgres (docs/caching.md). */
export class TokenStateCache implements TokenStateFence, StampReader {
  readonly #connection: RedisConnection;
  #version: { readonly of: Generation; readonly id: Buffer } | undefined;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async fence(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    await client.fenceKeys(...generation.scriptArguments(withVersion(keys), [changeId, String(FENCE_LIFE_MS)]));
  }

  async drop(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    await client.dropKeys(...generation.scriptArguments(withVersion(keys), [changeId]));
  }

  get version(): Buffer | undefined {
    return this.#connection.isReady && this.#version?.of === this.#connection.generation ? this.#version.id : undefined;
  }

  async readStamps(refs: readonly StampRef[]): Promise<StampsRead> {
    const { client, generation } = this.#connection;
    const stamp = [randomBytes(STAMP_ID_BYTES), String(STAMP_LIFE_MS)];
    // The version comes last: then it has not been replaced while the others were read.
    const keys = [...refs.map(stampKey), STAMPS_VERSION_KEY];
    const calls: Promise<Buffer[]>[] = [];
    for (let at = 0; at < keys.length; at += MAX_STAMPS_PER_CALL) {
      const some = keys.slice(at, at + MAX_STAMPS_PER_CALL);
      calls.push(client.readStampsBuffer(...generation.scriptArguments(some, stamp)));
    }
    const ids = (await Promise.all(calls)).flat().map(stampIdIn);
    const version = ids.pop();
    this.#version = version && { of: generation, id: version };
    return new StampsRead(generation.id, version, refs, ids);
  }
}

/** The version of the stamps changes with each of them. */
const withVersion = (keys: readonly CacheKey[]): readonly CacheKey[] =>
  keys.some(isStampKey) ? [...keys, STAMPS_VERSION_KEY] : keys;
