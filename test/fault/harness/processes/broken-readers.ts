import { randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { TokenState } from '../../../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import { GetTokenStatesResponseSchema } from '../../../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { answerOf, encodeState, ID_BYTES, isState } from '../../../../services/common/token-state/entry.ts';
import { tokenKey } from '../../../../services/common/token-state/keys.ts';
import type { RedisConnection } from '../../../../services/common/token-state/redis-connection.ts';
import type { StateSource } from '../../../../services/introspection/read-path/auth-server.ts';
import type { Entries } from '../../../support/read-path.ts';

type States = Awaited<ReturnType<StateSource['getTokenStates']>>;

/** Long enough to be seen, and gone when the run is looked at. */
const BARE_LIFE_MS = 5_000;

const keyOf = (redis: RedisConnection, tokenHash: Buffer) => redis.generation.key(tokenKey(tokenHash));

/** The cache with some of its steps replaced. */
const changed = (cache: Entries, steps: Partial<Entries>): Entries => ({
  get generation() {
    return cache.generation;
  },
  read: (tokenHash, handler) => cache.read(tokenHash, handler),
  lease: (tokenHashes, claim) => cache.lease(tokenHashes, claim),
  fill: (fills, generation) => cache.fill(fills, generation),
  ...steps,
});

/** Whoever misses fills, with a plain SET. */
export function fillingWithoutLease(cache: Entries, redis: RedisConnection): Entries {
  return changed(cache, {
    lease: async (tokenHashes) => tokenHashes.map(() => true),
    fill(fills) {
      for (const { tokenHash, state, lifeMs } of fills) {
        if (state.length === 0) continue; // a lease that is given back
        void redis.client.set(keyOf(redis, tokenHash), state, 'PX', lifeMs).catch(() => {});
      }
    },
  });
}

/** A lease that was taken in one generation also fills the next one, where nothing is there yet. */
export function fillingAnyGeneration(cache: Entries, redis: RedisConnection): Entries {
  return changed(cache, {
    fill(fills, generation) {
      if (cache.generation?.equals(generation)) return cache.fill(fills, generation);
      for (const { tokenHash, state } of fills) {
        if (state.length === 0) continue; // a lease that is given back
        // Under no stamps: those of the old generation would end it.
        const answer = answerOf(state, 0, state.length);
        const bare = encodeState(randomBytes(ID_BYTES), Date.now() + BARE_LIFE_MS, 0, Buffer.alloc(0), answer);
        void redis.client.set(keyOf(redis, tokenHash), bare, 'PX', BARE_LIFE_MS, 'NX').catch(() => {});
      }
    },
  });
}

/** A state is an answer whatever has become of its stamps. */
export function ignoringStamps(cache: Entries, redis: RedisConnection): Entries {
  return changed(cache, {
    read(tokenHash, handler) {
      redis.client.getBuffer(keyOf(redis, tokenHash)).then(
        (entry) => {
          if (entry !== null && isState(entry, 0, entry.length)) handler.onState(entry, 0, entry.length);
          else handler.onMissing();
        },
        () => handler.onUnreachable(),
      );
    },
  });
}

/** Single-flight as it is usually written: a request also joins a question that has been sent. */
export function joiningQuestionsInFlight(source: StateSource): StateSource {
  const inFlight = new Map<string, Promise<TokenState>>();
  return {
    async getTokenStates(tokenHashes) {
      const unasked = tokenHashes.filter((hash) => !inFlight.has(hash.toString('latin1')));
      const question = unasked.length === 0 ? undefined : source.getTokenStates(unasked);
      for (const [index, hash] of unasked.entries()) {
        const key = hash.toString('latin1');
        const state = (question as Promise<States>).then(({ states }) => states[index] as TokenState);
        const forget = () => inFlight.delete(key);
        inFlight.set(key, state);
        state.then(forget, forget);
      }
      const states = await Promise.all(tokenHashes.map((hash) => inFlight.get(hash.toString('latin1'))));
      // What was joined is answered and not cached: its stamps belong to another question.
      return create(GetTokenStatesResponseSchema, { states: states as TokenState[] });
    },
  };
}
