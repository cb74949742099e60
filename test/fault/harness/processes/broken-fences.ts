import { systemClock } from '../../../../services/common/process/clock.ts';
import { FENCE_LIFE_MS, type TokenStateFence } from '../../../../services/common/token-state/cache.ts';
import { encodeState } from '../../../../services/common/token-state/entry.ts';
import type { RedisConnection } from '../../../../services/common/token-state/redis-connection.ts';
import type { AnswerSource } from '../../../../services/introspection/source/answer-source.ts';
import type { BrokenFence } from './messages.ts';

const STATE_LIFE_MS = 60_000;

/** What a variant is made of; `source` says what Postgres says. */
export interface FenceParts {
  readonly cache: TokenStateFence;
  readonly redis: RedisConnection;
  readonly source: AnswerSource;
  /** How a variant that is late waits. */
  readonly late: () => Promise<void>;
  /** Does something late that nobody waits for. */
  readonly later: (work: () => Promise<void>) => void;
}

/** The cache as changes see it, simplified in each of the ways that the model has; what a variant lacks stays as it is. */
export const BROKEN_FENCES: Record<BrokenFence, (parts: FenceParts) => Partial<TokenStateFence>> = {
  acknowledgesBeforeDrop: ({ cache, later }) => ({
    drop: async (changeId, hashes) => later(() => cache.drop(changeId, hashes)),
  }),
  unfenced: () => ({ fence: async () => {} }),
  fenceReplacesOthers: ({ redis }) => ({
    async fence(changeId, hashes) {
      const fence = Buffer.concat([Buffer.from('F'), changeId]);
      await Promise.all(hashes.map((hash) => redis.client.set(redis.key(hash), fence, 'PX', FENCE_LIFE_MS)));
    },
  }),
  dropTakesOtherFences: ({ redis }) => ({
    drop: async (_changeId, hashes) => void (await redis.client.del(hashes.map((hash) => redis.key(hash)))),
  }),
  writesNewState: stateWriter,
};

/** Like the real drop, but where no other change's fence stands, the new state is put instead of nothing. */
const DROP_INTO_STATE = `
local entry = redis.call('GET', KEYS[1])
if entry and string.sub(entry, 1, 1) == 'F' then
  local others = ''
  for at = 2, #entry, 8 do
    local id = string.sub(entry, at, at + 7)
    if id ~= ARGV[1] then others = others .. id end
  end
  if others ~= '' then return redis.call('SET', KEYS[1], 'F' .. others, 'KEEPTTL') end
end
return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])`;

/** The state is what Postgres says right after the commit; it is written late. */
function stateWriter({ redis, source, late }: FenceParts): Partial<TokenStateFence> {
  return {
    async drop(changeId, hashes) {
      const deadline = systemClock.now() + 2_000;
      const answers = await Promise.all(hashes.map((hash) => source.answer(hash, deadline)));
      await late();
      for (const [index, { bytes, expiresAt }] of answers.entries()) {
        const state = encodeState(bytes, systemClock.now() + STATE_LIFE_MS, expiresAt);
        await redis.client.eval(DROP_INTO_STATE, 1, redis.key(hashes[index] as Buffer), changeId, state, STATE_LIFE_MS);
      }
    },
  };
}
