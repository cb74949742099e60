import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchSystem } from './bench-system.ts';

/** Commands that look up no token. */
const NOT_LOOK_UPS = new Set(['info', 'ping', 'hello', 'client', 'auth', 'select', 'config', 'command']);
/**
 * The wait before counting. A connection to Postgres publishes its counts after a statement, but at most once
 * a second. It publishes the rest after a later statement or after 10 s without one, so the last counts of a load may be missing.
 */
const STATISTICS_MS = 1_200;

/** Look-ups of tokens, as counted by Redis and Postgres. */
export interface LookUps {
  readonly redis: number;
  readonly postgres: number;
}

export async function countLookUps(system: BenchSystem): Promise<LookUps> {
  await sleep(STATISTICS_MS);
  const [redis, postgres] = await Promise.all([redisCommands(system), tokenScans(system)]);
  return { redis, postgres };
}

async function redisCommands({ redis }: BenchSystem): Promise<number> {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/^cmdstat_([a-z]+)[^:]*:calls=(\d+)/gm)]
    .filter(([, command]) => !NOT_LOOK_UPS.has(command ?? ''))
    .reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

async function tokenScans({ database }: BenchSystem): Promise<number> {
  const { rows } = await database.query(
    "SELECT coalesce(idx_scan, 0) + seq_scan AS scans FROM pg_stat_user_tables WHERE relname = 'tokens'",
  );
  return Number(rows[0]?.scans);
}
