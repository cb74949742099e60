import { hashCredential } from '#common/credentials/hash.ts';
import type { RedisConnection } from '#common/token-state/redis-connection.ts';
import { cpuMicros } from '../measure/cpu-time.ts';
import type { BenchSystem } from './bench-system.ts';
import { checkAnswers } from './check-answers.ts';
import type { LiveTokens } from './live-tokens.ts';

const MISSES = 2_000;
const BATCH = 100;

/** A type and no interface: it is a Sample. */
export type MissSample = {
  readonly perSecond: number;
  /** Of introspection and auth-server together, for a miss. */
  readonly cpuMicros: number;
};

/** What it costs to answer for tokens that the cache does not have: dropped ones, spread over all. */
export async function measureMisses(system: BenchSystem, tokens: LiveTokens): Promise<MissSample> {
  const pids = [system.pid('introspection-1'), system.pid('auth-server')];
  const step = Math.max(1, Math.floor(tokens.size / MISSES));
  const indexes = Array.from({ length: Math.min(MISSES, tokens.size) }, (_, at) => at * step);
  await forget(system.redis, tokens, indexes);
  const [begun, cpu] = [performance.now(), cpuMicros(pids)];
  for (let first = 0; first < indexes.length; first += BATCH) {
    await checkAnswers(system.client, tokens, indexes.slice(first, first + BATCH));
  }
  return {
    perSecond: indexes.length / ((performance.now() - begun) / 1_000),
    cpuMicros: (cpuMicros(pids) - cpu) / indexes.length,
  };
}

async function forget(redis: RedisConnection, tokens: LiveTokens, indexes: readonly number[]): Promise<void> {
  await redis.client.del(indexes.map((index) => redis.key(hashCredential(tokens.token(index)))));
}
