import { randomBytes } from 'node:crypto';
import { Operation } from '#common/observe/operation.ts';
import { inSpan } from '#common/observe/trace-context.ts';
import { ID_BYTES, STAMP_ID_BYTES, stampIdIn } from '#common/token-state/entry.ts';
import type { Generation } from '#common/token-state/generation.ts';
import { type CacheKey, isStampKey, STAMPS_VERSION_KEY, type StampRef, stampKey } from '#common/token-state/keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { StampSnapshot } from './stamp-snapshot.ts';

/**
 * Longer than a change takes from its fence to its commit: far above the transaction's timeout, in case a COMMIT stalls in
 * Postgres. After a crash before the commit, keys stay fenced (always a miss) for this long.
 */
const FENCE_TTL_MS = 5 * 60_000;
/** Longer than the TTL of any state; extended by a look-up that reads the stamp when less than half of it is left. */
const STAMP_TTL_MS = 24 * 60 * 60_000;
/** Limits how long one script call blocks Redis. */
const MAX_STAMPS_PER_CALL = 1_000;

const REDIS = { 'db.system.name': 'redis' };
const FENCE = new Operation('redis fence', REDIS);
const DROP = new Operation('redis drop', REDIS);
const READ_STAMPS = new Operation('redis read stamps', REDIS);

/** The id of a change, stored in its fences. */
export const newChangeId = (): Buffer => randomBytes(ID_BYTES);

/** Invalidation for changes. `changeId` is 8 bytes. Calls reject if Redis does not confirm them. */
export interface TokenStateFence {
  /** Until `drop` (or FENCE_TTL_MS), entries with these keys are not filled and states with these stamps are invalid. */
  fence(changeId: Buffer, keys: readonly CacheKey[]): Promise<void>;
  /** When it resolves, no reader uses a state from before the change. */
  drop(changeId: Buffer, keys: readonly CacheKey[]): Promise<void>;
}

/** The token-state cache in Redis, for changes and for look-ups in Postgres (docs/caching.md). */
export class TokenStateCache implements TokenStateFence {
  readonly #connection: RedisConnection;
  #version: { readonly of: Generation; readonly id: Buffer } | undefined;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async fence(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    const args = generation.scriptArguments(withVersion(keys), [changeId, String(FENCE_TTL_MS)]);
    await inSpan(FENCE, () => client.fenceKeys(...args));
  }

  async drop(changeId: Buffer, keys: readonly CacheKey[]): Promise<void> {
    const { client, generation } = this.#connection;
    const args = generation.scriptArguments(withVersion(keys), [changeId]);
    await inSpan(DROP, () => client.dropKeys(...args));
  }

  /**
   * The version of all stamps, as last read on this connection; undefined if it was not read, or a stamp was fenced then. The
   * version is fenced and dropped with each stamp. If stamps are read together with the version, and it equals the one known
   * before the Postgres query, no stamp has changed since, so they are as valid as if read before the query.
   */
  get version(): Buffer | undefined {
    return this.#connection.isReady && this.#version?.of === this.#connection.generation ? this.#version.id : undefined;
  }

  /** Reads stamps and creates missing ones. Rejects if Redis cannot be read. */
  async readStamps(refs: readonly StampRef[]): Promise<StampSnapshot> {
    const { client, generation } = this.#connection;
    const newStamp = [randomBytes(STAMP_ID_BYTES), String(STAMP_TTL_MS)];
    // The version is read last, so that it covers the others.
    const keys = [...refs.map(stampKey), STAMPS_VERSION_KEY];
    const calls: Promise<Buffer[]>[] = [];
    for (let at = 0; at < keys.length; at += MAX_STAMPS_PER_CALL) {
      const some = keys.slice(at, at + MAX_STAMPS_PER_CALL);
      calls.push(client.readStampsBuffer(...generation.scriptArguments(some, newStamp)));
    }
    const ids = (await inSpan(READ_STAMPS, () => Promise.all(calls))).flat().map(stampIdIn);
    const version = ids.pop();
    this.#version = version && { of: generation, id: version };
    return new StampSnapshot(generation.id, version, refs, ids);
  }
}

/** The version changes with each stamp. */
const withVersion = (keys: readonly CacheKey[]): readonly CacheKey[] =>
  keys.some(isStampKey) ? [...keys, STAMPS_VERSION_KEY] : keys;
