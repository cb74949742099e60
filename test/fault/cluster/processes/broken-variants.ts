import { randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { TokenState } from '../../../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import { GetTokenStatesResponseSchema } from '../../../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import type { TokenStateFence } from '../../../../services/auth-server/token-state/cache.ts';
import type { RedisConnection } from '../../../../services/auth-server/token-state/redis-connection.ts';
import { encodeState, ID_BYTES, isState, responseOf } from '../../../../services/common/token-state/entry.ts';
import { isStampKey, tokenKey } from '../../../../services/common/token-state/keys.ts';
import type { StateSource } from '../../../../services/introspection/read-path/auth-server.ts';
import type { Entries } from '../../../support/read-path.ts';

/**
 * Simplifications of the protocol, as in model/variants.ts, except `fillsAnyGeneration`: in the model, a fill that does not check
 * the generation is harmless, because it writes to the old one. Only the model has a fence that replaces another change's fence:
 * two uncommitted changes can fence the same entry or stamp only if they change the same token, and the tests make such changes
 * one after another.
 */
export type BrokenFence = 'acknowledgesBeforeDrop' | 'unfenced' | 'dropRemovesOtherFences' | 'dropsToConstantStamp';
export type BrokenEntries = 'fillsWithoutLease' | 'fillsAnyGeneration' | 'ignoresStamps';
export type BrokenVariant = BrokenFence | BrokenEntries | 'joinsLookupsInFlight';

const STAMP_TTL_MS = 60_000;
/** Long enough to be read. Drops of stamps do not invalidate these states, so they must expire soon. */
const UNSTAMPED_TTL_MS = 5_000;

export interface FenceDependencies {
  readonly cache: TokenStateFence;
  readonly redis: RedisConnection;
  /** Runs something later, without waiting for it. */
  readonly later: (work: () => Promise<void>) => void;
}

export const BROKEN_FENCES: Record<BrokenFence, (dependencies: FenceDependencies) => TokenStateFence> = {
  acknowledgesBeforeDrop: ({ cache, later }) => ({
    fence: (changeId, keys) => cache.fence(changeId, keys),
    drop: async (changeId, keys) => later(() => cache.drop(changeId, keys)),
  }),
  unfenced: ({ cache }) => ({ fence: async () => {}, drop: (changeId, keys) => cache.drop(changeId, keys) }),
  dropRemovesOtherFences: ({ cache, redis }) => ({
    fence: (changeId, keys) => cache.fence(changeId, keys),
    drop: async (_changeId, keys) => void (await redis.client.del(keys.map((key) => redis.generation.key(key)))),
  }),
  dropsToConstantStamp: ({ cache, redis }) => ({
    fence: (changeId, keys) => cache.fence(changeId, keys),
    async drop(changeId, keys) {
      await cache.drop(changeId, keys);
      const stamps = keys.filter(isStampKey).map((key) => redis.generation.key(key));
      await Promise.all(stamps.map((key) => redis.client.set(key, 'Pfixed!', 'PX', STAMP_TTL_MS, 'NX')));
    },
  }),
};

type EntrySteps = Partial<Omit<Entries, 'generation'>>;

/** The steps that replace those of the cache in a replica. */
export const BROKEN_ENTRIES: Record<BrokenEntries, (cache: Entries, redis: RedisConnection) => EntrySteps> = {
  /** Every miss fills, with a plain SET. */
  fillsWithoutLease: (_cache, redis) => ({
    lease: async (tokenHashes) => tokenHashes.map(() => true),
    fill(fills) {
      for (const { tokenHash, state, ttlMs } of fills) {
        if (state.length === 0) continue; // an empty state only releases the lease
        void redis.client.set(keyOf(redis, tokenHash), state, 'PX', ttlMs).catch(() => {});
      }
    },
  }),
  /** A lease that was taken in one generation also fills the next one, where the key is still free. */
  fillsAnyGeneration: (cache, redis) => ({
    fill(fills, generation) {
      if (cache.generation?.equals(generation)) return cache.fill(fills, generation);
      for (const { tokenHash, state } of fills) {
        if (state.length === 0) continue; // an empty state only releases the lease
        // Without stamps: those of the old generation would invalidate it.
        const response = responseOf(state);
        const freshUntil = Date.now() + UNSTAMPED_TTL_MS;
        const unstamped = encodeState(randomBytes(ID_BYTES), freshUntil, 0, Buffer.alloc(0), response);
        void redis.client.set(keyOf(redis, tokenHash), unstamped, 'PX', UNSTAMPED_TTL_MS, 'NX').catch(() => {});
      }
    },
  }),
  /** A state is valid even if its stamps have been dropped. */
  ignoresStamps: (_cache, redis) => ({
    read(read) {
      redis.client.getBuffer(keyOf(redis, read.tokenHash)).then(
        (entry) => {
          if (entry !== null && isState(entry)) read.onState(entry);
          else read.onMissing();
        },
        () => read.onUnreachable(),
      );
    },
  }),
};

const keyOf = (redis: RedisConnection, tokenHash: Buffer) => redis.generation.key(tokenKey(tokenHash));

/** The cache with some steps replaced. `steps` is called before each step; a step that it does not return is the cache's. */
export const replaceSteps = (cache: Entries, steps: () => EntrySteps): Entries => ({
  get generation() {
    return cache.generation;
  },
  read: (read) => (steps().read ?? cache.read.bind(cache))(read),
  lease: (tokenHashes, claim) => (steps().lease ?? cache.lease.bind(cache))(tokenHashes, claim),
  fill: (fills, generation) => (steps().fill ?? cache.fill.bind(cache))(fills, generation),
});

/** Single-flight as it is usually written: a lookup also joins one that has already been sent. */
export function joiningLookupsInFlight(source: StateSource): StateSource {
  const inFlight = new Map<string, Promise<TokenState>>();
  return {
    async getTokenStates(tokenHashes) {
      const missing = tokenHashes.filter((hash) => !inFlight.has(hash.toString('latin1')));
      const response = missing.length === 0 ? undefined : source.getTokenStates(missing);
      for (const [index, hash] of missing.entries()) {
        const key = hash.toString('latin1');
        const state = Promise.resolve(response).then((all) => all?.states[index] as TokenState);
        const remove = () => inFlight.delete(key);
        inFlight.set(key, state);
        state.then(remove, remove);
      }
      const states = await Promise.all(tokenHashes.map((hash) => inFlight.get(hash.toString('latin1'))));
      // Without a generation, so that nothing is cached: the stamps of a joined lookup belong to another response.
      return create(GetTokenStatesResponseSchema, { states: states as TokenState[] });
    },
  };
}
