import type { Metric } from '#common/process/metrics-server.ts';

/** Drops that committed changes still owe: how many, and for how long the oldest has been. */
export type MeasurePendingDrops = () => Promise<{ readonly count: number; readonly oldestSeconds: number }>;

/** What an operator watches on auth-server (docs/caching.md). */
export function authServerMetrics(measurePendingDrops: MeasurePendingDrops): Metric[] {
  return [
    {
      name: 'auth_server_pending_drops',
      help: 'Cache entries that committed changes still have to drop; normally 0',
      read: async () => (await measurePendingDrops()).count,
    },
    {
      name: 'auth_server_pending_drops_oldest_seconds',
      help: 'For how long the oldest of them has been owed; 0 without any',
      read: async () => (await measurePendingDrops()).oldestSeconds,
    },
  ];
}
