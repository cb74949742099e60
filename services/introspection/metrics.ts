import type { Metric } from '#common/process/metrics-server.ts';

/** What a process has counted. */
export interface Numbers {
  /** CacheCounts. */
  readonly cacheReads: Readonly<Record<string, number>>;
  /** 1 while Redis is not asked (AnswerPath.isRedisUnreachable); a sum over processes counts them. */
  readonly redisUnreachable: number;
  /** ServerStats. */
  readonly fastPort: Readonly<Record<string, number>>;
  readonly processes: number;
}

/** What an operator watches (docs/caching.md). */
export function introspectionMetrics(numbers: () => Numbers | Promise<Numbers>): Metric[] {
  return [
    {
      name: 'introspection_cache_reads_total',
      help: 'Reads of the token-state cache, by what they found',
      label: 'result',
      read: async () => (await numbers()).cacheReads,
    },
    {
      name: 'introspection_redis_unreachable',
      help: 'Processes that do not ask Redis just now: no connection, or the last commands failed',
      read: async () => (await numbers()).redisUnreachable,
    },
    {
      name: 'introspection_fast_port',
      help: 'Numbers of the HTTP/2 server on the fast port (services/common/unary-h2/stats.ts)',
      label: 'stat',
      read: async () => (await numbers()).fastPort,
    },
    {
      name: 'introspection_processes',
      help: 'Processes that serve, of INTROSPECTION_WORKERS',
      read: async () => (await numbers()).processes,
    },
  ];
}

/** The numbers of several processes as those of one. */
export function sumOf(all: readonly Numbers[]): Numbers {
  return {
    cacheReads: sums(all.map(({ cacheReads }) => cacheReads)),
    redisUnreachable: all.reduce((sum, { redisUnreachable }) => sum + redisUnreachable, 0),
    fastPort: sums(all.map(({ fastPort }) => fastPort)),
    processes: all.reduce((sum, { processes }) => sum + processes, 0),
  };
}

function sums(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of all) {
    for (const [name, value] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + value;
  }
  return sum;
}
