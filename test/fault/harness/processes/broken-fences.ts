import type { TokenStateFence } from '../../../../services/common/token-state/cache.ts';
import type { CacheKey } from '../../../../services/common/token-state/keys.ts';
import type { RedisConnection } from '../../../../services/common/token-state/redis-connection.ts';
import type { BrokenFence } from './messages.ts';

const STAMP_LIFE_MS = 60_000;
/** The letters of `keys.ts`: the entry of a token; anything else is a stamp. */
const TOKEN = 't'.charCodeAt(0);

/** What a variant is made of. */
export interface FenceParts {
  readonly cache: TokenStateFence;
  readonly redis: RedisConnection;
  /** Does something late that nobody waits for. */
  readonly later: (work: () => Promise<void>) => void;
}

/** The cache as changes see it, simplified in ways that the model has; what a variant lacks stays as it is. */
export const BROKEN_FENCES: Record<BrokenFence, (parts: FenceParts) => Partial<TokenStateFence>> = {
  acknowledgesBeforeDrop: ({ cache, later }) => ({
    drop: async (changeId, keys) => later(() => cache.drop(changeId, keys)),
  }),
  unfenced: () => ({ fence: async () => {} }),
  dropTakesOtherFences: ({ redis }) => ({
    drop: async (_changeId, keys) => void (await redis.client.del(keys.map((key) => redis.generation.key(key)))),
  }),
  dropsIntoFixedStamp: ({ cache, redis }) => ({
    async drop(changeId, keys) {
      await cache.drop(changeId, keys);
      await Promise.all(keys.filter(([letter]) => letter !== TOKEN).map((key) => putFixedStamp(redis, key)));
    },
  }),
};

async function putFixedStamp(redis: RedisConnection, key: CacheKey): Promise<void> {
  await redis.client.set(redis.generation.key(key), 'Pfixed!', 'PX', STAMP_LIFE_MS, 'NX');
}
