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
 * Puts the answers of tokens into the cache as a replica would, by the cache's own code, but without asking auth-server
 * for each: a million misses would take minutes, and the first ones would no longer be fresh at the end. Returns the
 * number of the first token whose entry is not older than `withinMs`.
 */
export async function fillCache(redis: RedisConnection, tokens: LiveTokens, withinMs: number): Promise<number> {
  const cache = new TokenStateCache(redis, systemClock);
  const expiresAt = tokens.tenancy.expiresAt.getTime();
  const filled: { readonly first: number; readonly at: number }[] = [];
  for (let first = 0; first < tokens.size; first += CHUNK) {
    filled.push({ first, at: performance.now() });
    const indexes = Array.from({ length: Math.min(CHUNK, tokens.size - first) }, (_, at) => first + at);
    await Promise.all(
      indexes.map(async (index) => {
        const read = await cache.read(hashCredential(tokens.token(index)));
        if (read.lease === undefined) throw new Error('an entry that nobody else should know is there already');
        await cache.fill(read.lease, encodedAnswer(tokens, index), expiresAt);
      }),
    );
  }
  const now = performance.now();
  return filled.find(({ at }) => now - at <= withinMs)?.first ?? 0;
}

function encodedAnswer({ tenancy }: LiveTokens, index: number): Uint8Array {
  return toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, tenancy.answer(index)));
}
