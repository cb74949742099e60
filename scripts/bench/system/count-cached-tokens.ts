import type { Redis } from 'ioredis';

const SAMPLE = 2_000;
/** States of active tokens are longer than this; leases, stamps and the fence of one change are shorter. */
const MAX_OTHER_BYTES = 64;

/** Estimates how many active tokens are cached in Redis from a sample of its keys. */
export async function countCachedTokens(redis: Redis): Promise<number> {
  const picks = redis.pipeline().dbsize();
  for (let pick = 0; pick < SAMPLE; pick++) picks.randomkeyBuffer();
  const [keyCount, ...keys] = resultsOf(await picks.exec());
  const lengths = redis.pipeline();
  for (const key of keys) if (key !== null) lengths.strlen(key as Buffer);
  const entries = resultsOf(await lengths.exec()).filter((length) => Number(length) > MAX_OTHER_BYTES);
  return (Number(keyCount) * entries.length) / SAMPLE;
}

function resultsOf(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error !== null) throw error;
    return result;
  });
}
