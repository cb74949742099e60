import { credentialKeysMetric } from '#common/observe/credential-keys.ts';
import { type Series, sumOfSeries } from '#common/observe/histogram.ts';
import { CLIENT_CALLS, HTTP_REQUESTS, SERVER_CALLS } from '#common/observe/metric-names.ts';
import type { Metric } from '#common/process/metrics-server.ts';
import { type Certificates, type SecurityCounts, securityMetrics } from '#common/tls/metrics.ts';

/** The metrics of the token-state cache. */
export interface CacheMetrics {
  /** See ReadCounts. */
  readonly cacheReads: Readonly<Record<string, number>>;
  /** See LoadCounts; also entries that were filled. */
  readonly misses: Readonly<Record<string, number>>;
  /** See EntryCache.generationChanges, for each node. */
  readonly generationChanges: Readonly<Record<string, number>>;
  /** For each node: 1 while this process has no connection to the node or no URL for it. The sum counts such processes. */
  readonly redisUnreachable: Readonly<Record<string, number>>;
  /** Tokens that wait for a request to auth-server. */
  readonly missQueue: Readonly<Record<string, number>>;
  readonly missRequestsInFlight: number;
  /** Reads of the cache that wait for their batch. */
  readonly readsQueued: number;
  readonly readDurations: readonly Series[];
}

/** The counters, gauges and histograms of a process, or their sums over several. */
export interface MetricsSnapshot extends CacheMetrics {
  /** See ServerStats. */
  readonly fastPort: Readonly<Record<string, number>>;
  /** See DecisionCounts. */
  readonly authorizations: Readonly<Record<string, number>>;
  /** By the fingerprint of the key: processes that accept it. */
  readonly credentialKeys: Readonly<Record<string, number>>;
  readonly security: SecurityCounts;
  readonly processes: number;
  readonly callDurations: readonly Series[];
  readonly clientCallDurations: readonly Series[];
  readonly requestDurations: readonly Series[];
}

/** The metrics of the service (docs/caching.md says which to watch). */
export function introspectionMetrics(
  snapshot: () => MetricsSnapshot | Promise<MetricsSnapshot>,
  certificates: Certificates,
): Metric[] {
  return [
    ...securityMetrics('introspection', async () => (await snapshot()).security, certificates),
    {
      name: 'introspection_cache_reads_total',
      help: 'Reads of the token-state cache, by result',
      label: 'result',
      read: async () => (await snapshot()).cacheReads,
    },
    {
      name: 'introspection_misses_total',
      help: 'Requests to auth-server for missing or stale states, tokens in them, states filled into the cache, and tokens refused because of a full queue',
      label: 'step',
      read: async () => (await snapshot()).misses,
    },
    {
      name: 'introspection_redis_generation_changes_total',
      help: 'How often the cache has started empty, counted by each process: Redis was restarted, replaced, flushed, or got its first replica',
      label: 'cache_node',
      read: async () => (await snapshot()).generationChanges,
    },
    {
      name: 'introspection_redis_unreachable',
      help: 'Processes without a connection to the node, or without its URL',
      label: 'cache_node',
      read: async () => (await snapshot()).redisUnreachable,
    },
    {
      name: 'introspection_fast_port',
      help: 'Statistics of the HTTP/2 server on the fast port (services/common/unary-h2/stats.ts)',
      label: 'stat',
      read: async () => (await snapshot()).fastPort,
    },
    {
      name: 'introspection_authorizations_total',
      help: 'Decisions for proxies (ext_authz and HTTP), by result; misconfigured: no usable scope in the configuration',
      label: 'result',
      read: async () => (await snapshot()).authorizations,
    },
    credentialKeysMetric('introspection', async () => (await snapshot()).credentialKeys),
    {
      name: 'introspection_processes',
      help: 'Processes that are serving, out of INTROSPECTION_WORKERS',
      read: async () => (await snapshot()).processes,
    },
    {
      name: 'introspection_miss_queue_length',
      help: 'Tokens that wait for a request to auth-server, by kind (first load or renewal); at most MISS_QUEUE_LENGTH of each kind for each cache node and process',
      label: 'kind',
      read: async () => (await snapshot()).missQueue,
    },
    {
      name: 'introspection_miss_requests_in_flight',
      help: 'Requests in flight to auth-server for missing or stale states; at most MISS_CONCURRENCY for each cache node and process',
      read: async () => (await snapshot()).missRequestsInFlight,
    },
    {
      name: 'introspection_cache_read_queue_length',
      help: 'Reads of the token-state cache that wait for their batch',
      read: async () => (await snapshot()).readsQueued,
    },
    {
      name: 'introspection_cache_read_duration_seconds',
      help: 'Duration of a batch of reads of the token-state cache, from sending it to the last reply',
      histogram: async () => (await snapshot()).readDurations,
    },
    { ...SERVER_CALLS, histogram: async () => (await snapshot()).callDurations },
    { ...CLIENT_CALLS, histogram: async () => (await snapshot()).clientCallDurations },
    { ...HTTP_REQUESTS, histogram: async () => (await snapshot()).requestDurations },
  ];
}

/** The sum over several processes. */
export function sumOf(all: readonly MetricsSnapshot[]): MetricsSnapshot {
  return {
    ...sumOfCaches(all),
    fastPort: sums(all.map(({ fastPort }) => fastPort)),
    authorizations: sums(all.map(({ authorizations }) => authorizations)),
    credentialKeys: sums(all.map(({ credentialKeys }) => credentialKeys)),
    security: {
      fileReloadsFailed: all.reduce((sum, { security }) => sum + security.fileReloadsFailed, 0),
      handshakesFailed: all.reduce((sum, { security }) => sum + security.handshakesFailed, 0),
    },
    processes: all.reduce((sum, { processes }) => sum + processes, 0),
    callDurations: sumOfSeries(all.map(({ callDurations }) => callDurations)),
    clientCallDurations: sumOfSeries(all.map(({ clientCallDurations }) => clientCallDurations)),
    requestDurations: sumOfSeries(all.map(({ requestDurations }) => requestDurations)),
  };
}

/** The sum over several processes or cache nodes. */
export function sumOfCaches(all: readonly CacheMetrics[]): CacheMetrics {
  return {
    cacheReads: sums(all.map(({ cacheReads }) => cacheReads)),
    misses: sums(all.map(({ misses }) => misses)),
    generationChanges: sums(all.map(({ generationChanges }) => generationChanges)),
    redisUnreachable: sums(all.map(({ redisUnreachable }) => redisUnreachable)),
    missQueue: sums(all.map(({ missQueue }) => missQueue)),
    missRequestsInFlight: all.reduce((sum, { missRequestsInFlight }) => sum + missRequestsInFlight, 0),
    readsQueued: all.reduce((sum, { readsQueued }) => sum + readsQueued, 0),
    readDurations: sumOfSeries(all.map(({ readDurations }) => readDurations)),
  };
}

/** The sums by key. */
function sums(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of all) {
    for (const [name, value] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + value;
  }
  return sum;
}
