import type { Metric } from '#common/process/metrics-server.ts';
import type { Retention } from './jobs/retention.ts';
import type { Backlog } from './store/backlog.ts';

/** The sources of the metrics, called at each scrape. */
export interface MetricSources {
  /** Cache keys that committed changes have not dropped yet. */
  readonly pendingInvalidations: () => Promise<Backlog>;
  /** Narrowed or deleted apps and deleted organizations whose installs are not updated yet. */
  readonly pendingAppUpdates: () => Promise<Backlog>;
  /** Due webhook deliveries that no server has claimed. */
  readonly dueDeliveries: () => Promise<Backlog>;
  /** How often the cache was found empty. */
  readonly generationChanges: () => number;
  /** Seconds since the keys of session JWTs were fetched. */
  readonly sessionKeysAge: () => number;
}

/** The metrics of auth-server (docs/caching.md, docs/webhooks.md). */
export function authServerMetrics(sources: MetricSources): Metric[] {
  const { pendingInvalidations, pendingAppUpdates, dueDeliveries, generationChanges, sessionKeysAge } = sources;
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
    {
      name: 'auth_server_redis_generation_changes_total',
      help: 'How often the cache was found empty: Redis was restarted, replaced or flushed, or got its first replica',
      read: generationChanges,
    },
    {
      name: 'auth_server_session_keys_age_seconds',
      help: 'Age of the keys of session JWTs; above 600 while there are requests, the JWKS cannot be fetched',
      read: sessionKeysAge,
    },
  ];
}

function backlogMetrics(name: string, help: string, measure: () => Promise<Backlog>): Metric[] {
  return [
    { name, help, read: async () => (await measure()).count },
    {
      name: `${name}_oldest_seconds`,
      help: 'Age of the oldest of them; 0 if there are none',
      read: async () => (await measure()).oldestSeconds,
    },
  ];
}

/** Each process counts its own work, so use the sum, and the latest time, over all servers. */
export function retentionMetrics(retention: Pick<Retention, 'removed' | 'lastSuccess'>): Metric[] {
  return [
    {
      name: 'auth_server_retention_rows_removed_total',
      help: 'Rows removed by retention; for audit_events an estimate from the statistics of dropped partitions',
      label: 'table',
      read: () => retention.removed,
    },
    {
      name: 'auth_server_retention_last_success_timestamp_seconds',
      help: 'When this process last completed a retention round; 0: never',
      read: () => retention.lastSuccess,
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
