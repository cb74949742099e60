import { create, toBinary } from '@bufbuild/protobuf';
import { hashCredential } from '#common/credentials/hash.ts';
import { systemClock } from '#common/process/clock.ts';
import { TokenStateCache } from '#common/token-state/cache.ts';
import type { RedisConnection } from '#common/token-state/redis-connection.ts';
import { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import type { LiveTokens } from './live-tokens.ts';

/** Fills at once: enough to keep Redis busy. */
const CHUNK = 2_000;

/**
 * Puts fresh answers of tokens into the cache as a replica would, by the cache's own code, but without asking auth-server
 * for each: that would take minutes for a million, and the first ones would no longer be fresh at the end. Returns the
 * number of the first token whose entry is not older than `withinMs`.
 */
export async function fillCache(redis: RedisConnection, tokens: LiveTokens, withinMs: number): Promise<number> {
  const cache = new TokenStateCache(redis, systemClock);
  const filled: { readonly first: number; readonly at: number }[] = [];
  for (let first = 0; first < tokens.size; first += CHUNK) {
    filled.push({ first, at: performance.now() });
    await fillSome(redis, cache, tokens, first, Math.min(first + CHUNK, tokens.size));
  }
  const now = performance.now();
  return filled.find(({ at }) => now - at <= withinMs)?.first ?? 0;
}

/** Older entries go first, for a fill takes the place of nothing that is fresh. */
async function fillSome(redis: RedisConnection, cache: TokenStateCache, tokens: LiveTokens, from: number, to: number) {
  const expiresAt = tokens.tenancy.expiresAt.getTime();
  const indexes = Array.from({ length: to - from }, (_, at) => from + at);
  const hashes = indexes.map((index) => hashCredential(tokens.token(index)));
  await redis.client.del(hashes.map((hash) => redis.key(hash)));
  await Promise.all(
    indexes.map(async (index, at) => {
      const read = await cache.read(hashes[at] as Buffer);
      if (read.lease === undefined) throw new Error('somebody else is filling the cache with the same tokens');
      await cache.fill(read.lease, encodedAnswer(tokens, index), expiresAt);
    }),
  );
}

function encodedAnswer({ tenancy }: LiveTokens, index: number): Uint8Array {
  return toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, tenancy.answer(index)));
}
