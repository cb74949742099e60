import { credentialKeysMetric } from '#common/observe/credential-keys.ts';
import type { Series } from '#common/observe/histogram.ts';
import { HTTP_REQUESTS, SERVER_CALLS } from '#common/observe/metric-names.ts';
import type { RequestObserver } from '#common/observe/request-observer.ts';
import type { Metric } from '#common/process/metrics-server.ts';
import type { JobRuns } from './jobs/job-runs.ts';
import type { Retention } from './jobs/retention.ts';
import type { WebhookDispatcher } from './jobs/webhooks/dispatcher.ts';
import type { Backlog } from './store/backlog.ts';
import type { PooledDatabase } from './store/postgres/database.ts';

/** The sources of the metrics, called at each scrape. */
export interface MetricSources {
  /** Cache keys that committed changes have not dropped yet. */
  readonly pendingInvalidations: () => Promise<Backlog>;
  /** Narrowed or deleted apps and deleted organizations whose installs are not updated yet. */
  readonly pendingAppUpdates: () => Promise<Backlog>;
  readonly dueDeliveries: () => Promise<Backlog>;
  /** 1 for each key that is accepted, by fingerprint. */
  readonly credentialKeys: () => Readonly<Record<string, number>>;
  /** How often the cache of each node was found empty. */
  readonly generationChanges: () => Readonly<Record<string, number>>;
  /** Seconds since the keys of session JWTs were fetched. */
  readonly sessionKeysAge: () => number;
  /** Exchanges and refreshes that wait for a transaction, not for a request with the same credential. */
  readonly grantQueueLength: () => number;
  /** Whether the last fetch of the keys of session JWTs failed. */
  readonly sessionKeysFailing: () => boolean;
}

/** Backlogs, the cache, the grant queue, credential keys and session keys (docs/operations.md#metrics). */
export function authServerMetrics(sources: MetricSources): Metric[] {
  const {
    pendingInvalidations,
    pendingAppUpdates,
    dueDeliveries,
    credentialKeys,
    grantQueueLength,
    generationChanges,
    sessionKeysAge,
    sessionKeysFailing,
  } = sources;
  return [
    ...backlogMetrics(
      'auth_server_pending_invalidations',
      'Cache keys that committed changes have not dropped yet; normally 0',
      pendingInvalidations,
    ),
    ...backlogMetrics(
      'auth_server_pending_app_updates',
      'Changes of apps and organizations whose installs are not updated yet; normally 0',
      pendingAppUpdates,
    ),
    ...backlogMetrics(
      'auth_server_webhook_deliveries_due',
      'Webhook deliveries that are due and not in flight; normally about 0',
      dueDeliveries,
    ),
    credentialKeysMetric('auth_server', credentialKeys),
    {
      name: 'auth_server_redis_generation_changes_total',
      help: 'How often the cache was found empty: Redis was restarted, replaced or flushed, or got its first replica',
      label: 'cache_node',
      read: generationChanges,
    },
    {
      name: 'auth_server_grant_queue_length',
      help: 'Code exchanges and refreshes that wait for a transaction; they are refused after 5 s',
      read: grantQueueLength,
    },
    {
      name: 'auth_server_session_keys_age_seconds',
      help: 'Age of the keys of session JWTs; if above 600 although there are requests, the JWKS cannot be fetched',
      read: sessionKeysAge,
    },
    {
      name: 'auth_server_session_keys_fetch_failing',
      help: '1 if the JWKS could not be fetched the last time; its keys are used for an hour after the last success',
      read: () => (sessionKeysFailing() ? 1 : 0),
    },
  ];
}

function backlogMetrics(name: string, help: string, measure: () => Promise<Backlog>): Metric[] {
  return [
    { name, help, read: async () => (await measure()).count },
    {
      name: `${name}_oldest_seconds`,
      help: `Age of the oldest entry counted in ${name}; 0 if there are none`,
      read: async () => (await measure()).oldestSeconds,
    },
  ];
}

/** Each process counts its own work, so use the sum, and the latest time, over all servers. */
export function jobMetrics(runs: JobRuns, retention: Pick<Retention, 'removed'>): Metric[] {
  return [
    {
      name: 'auth_server_job_duration_seconds',
      help: 'Rounds of jobs, by result; skipped: another server runs the job',
      histogram: () => runs.series,
    },
    {
      name: 'auth_server_job_last_success_timestamp_seconds',
      help: 'When a round of the job last succeeded in this process; 0: never',
      label: 'job_name',
      read: () => runs.lastSuccess,
    },
    {
      name: 'auth_server_retention_rows_removed_total',
      help: 'Rows removed by retention; for audit_events an estimate from the statistics of dropped partitions',
      label: 'table',
      read: () => retention.removed,
    },
  ];
}

/** The metrics of requests and of webhook deliveries. */
export function trafficMetrics(
  observer: RequestObserver,
  dispatcher: Pick<WebhookDispatcher, 'attemptSeries' | 'attemptsInFlight'>,
): Metric[] {
  return [
    { ...HTTP_REQUESTS, histogram: () => observer.requestSeries },
    { ...SERVER_CALLS, histogram: () => observer.callSeries },
    {
      name: 'auth_server_webhook_attempt_duration_seconds',
      help: 'Attempts to deliver a webhook, by result: succeeded, pending (will be retried) or failed (the final retry)',
      histogram: () => dispatcher.attemptSeries,
    },
    {
      name: 'auth_server_webhook_attempts_in_flight',
      help: 'Attempts in flight, at most WEBHOOK_CONCURRENCY, including those whose outcome is not stored yet',
      read: () => dispatcher.attemptsInFlight,
    },
  ];
}

/** The use of the connection pools to Postgres, by the names of the pools. */
export function poolMetrics(pools: Readonly<Record<string, Pick<PooledDatabase, 'pool'>>>): Metric[] {
  const each = (value: (pool: PooledDatabase['pool']) => number) => () =>
    Object.fromEntries(Object.entries(pools).map(([name, { pool }]) => [name, value(pool)]));
  const waits = (): Series[] =>
    Object.entries(pools).map(([name, { pool }]) => ({ labels: { pool: name }, cells: [...pool.waits.cells] }));
  return [
    {
      name: 'auth_server_database_connections_used',
      help: 'Connections to Postgres that are used now (docs/postgres.md has the pools)',
      label: 'pool',
      read: each(({ use }) => use.used),
    },
    {
      name: 'auth_server_database_connections_idle',
      help: 'Connections to Postgres that are open and not used now',
      label: 'pool',
      read: each(({ use }) => use.idle),
    },
    {
      name: 'auth_server_database_connection_waiters',
      help: 'Requests that wait for a connection to Postgres',
      label: 'pool',
      read: each(({ use }) => use.waiters),
    },
    {
      name: 'auth_server_database_connection_wait_duration_seconds',
      help: 'Waits for a connection to Postgres, including those that ended without one',
      histogram: waits,
    },
  ];
}

/** `stats`: ServerStats of the internal port. */
export function internalPortMetric(stats: () => Readonly<Record<string, number>>): Metric {
  return {
    name: 'auth_server_internal_port',
    help: 'Counters of the HTTP/2 server on the internal port (services/common/unary-h2/stats.ts)',
    label: 'stat',
    read: stats,
  };
}
