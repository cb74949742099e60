import type { Metric } from '#common/process/metrics-server.ts';
import type { Retention } from './jobs/retention.ts';
import type { Backlog } from './store/backlog.ts';

/** What is still to be done, each asked for when somebody looks. */
export interface Backlogs {
  /** Cache keys that committed changes still have to drop. */
  readonly pendingInvalidations: () => Promise<Backlog>;
  /** Narrowings and deletions of apps whose installs are still to be cut or ended. */
  readonly pendingAppUpdates: () => Promise<Backlog>;
  /** Webhook deliveries that could go out and that no server has taken. */
  readonly dueDeliveries: () => Promise<Backlog>;
  /** How often the cache has started empty. */
  readonly generationChanges: () => number;
  /** For how long the keys of session JWTs have not been fetched, seconds. */
  readonly sessionKeysAge: () => number;
}

/** What an operator watches on auth-server (docs/caching.md, docs/webhooks.md). */
export function authServerMetrics(backlogs: Backlogs): Metric[] {
  const { pendingInvalidations, pendingAppUpdates, dueDeliveries, generationChanges, sessionKeysAge } = backlogs;
  return [
    ...backlogMetrics(
      'auth_server_pending_invalidations',
      'Cache keys that committed changes still have to drop; normally 0',
      pendingInvalidations,
    ),
    ...backlogMetrics(
      'auth_server_pending_app_updates',
      'Narrowings and deletions of apps whose installs are still being cut or ended; normally 0',
      pendingAppUpdates,
    ),
    ...backlogMetrics(
      'auth_server_webhook_deliveries_due',
      'Webhook deliveries that are due and not under way; normally about 0',
      dueDeliveries,
    ),
    {
      name: 'auth_server_redis_generation_changes_total',
      help: 'How often the cache has started empty: Redis was restarted, replaced, flushed, or got its first replica',
      read: generationChanges,
    },
    {
      name: 'auth_server_session_keys_age_seconds',
      help: 'For how long the keys of session JWTs have not been fetched; above 600 with requests, the JWKS cannot be fetched',
      read: sessionKeysAge,
    },
  ];
}

function backlogMetrics(name: string, help: string, measure: () => Promise<Backlog>): Metric[] {
  return [
    { name, help, read: async () => (await measure()).count },
    {
      name: `${name}_oldest_seconds`,
      help: 'For how long the oldest of them has waited; 0 without any',
      read: async () => (await measure()).oldestSeconds,
    },
  ];
}

/** Of this process; of several servers whichever comes first does the work, so look at their sum and their latest. */
export function retentionMetrics(retention: Pick<Retention, 'removed' | 'lastSuccess'>): Metric[] {
  return [
    {
      name: 'auth_server_retention_rows_removed_total',
      help: 'Rows removed for their age; those of audit_events go by the month and are counted by statistics',
      label: 'table',
      read: () => retention.removed,
    },
    {
      name: 'auth_server_retention_last_success_timestamp_seconds',
      help: 'When this process last removed all there was to remove; 0: never',
      read: () => retention.lastSuccess,
    },
  ];
}

/** `stats`: ServerStats of the internal port. */
export function internalPortMetric(stats: () => Readonly<Record<string, number>>): Metric {
  return {
    name: 'auth_server_internal_port',
    help: 'Numbers of the HTTP/2 server on the internal port (services/common/unary-h2/stats.ts)',
    label: 'stat',
    read: stats,
  };
}
