import type { Metric } from '#common/process/metrics-server.ts';
import type { LaneStats } from './lane/lane.ts';
import type { AnswerPath } from './source/answer-path.ts';

/** What an operator watches on a replica (docs/caching.md). */
export function introspectionMetrics(path: AnswerPath, lane: Readonly<LaneStats>): Metric[] {
  return [
    {
      name: 'introspection_cache_reads_total',
      help: 'Reads of the token-state cache, by what they found',
      label: 'result',
      read: () => ({ ...path.counts }),
    },
    {
      name: 'introspection_redis_circuit_open',
      help: '1 while Redis is not asked because the last calls failed',
      read: () => (path.isRedisCircuitOpen ? 1 : 0),
    },
    {
      name: 'introspection_lane',
      help: 'Numbers of the HTTP/2 lane (services/introspection/lane/stats.ts)',
      label: 'stat',
      read: () => ({ ...lane }),
    },
  ];
}
