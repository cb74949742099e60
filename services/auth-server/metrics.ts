import type { Kysely } from 'kysely';
import type { Metric } from '#common/process/metrics-server.ts';
import { measurePendingDrops } from './store/pending-drops.ts';
import type { Schema } from './store/schema.ts';

/** What an operator watches on auth-server (docs/caching.md). */
export function authServerMetrics(db: Kysely<Schema>): Metric[] {
  return [
    {
      name: 'auth_server_pending_drops',
      help: 'Cache entries that committed changes still have to drop; normally 0',
      read: async () => (await measurePendingDrops(db)).count,
    },
    {
      name: 'auth_server_pending_drops_oldest_seconds',
      help: 'For how long the oldest of them has been owed; 0 without any',
      read: async () => (await measurePendingDrops(db)).oldestSeconds,
    },
  ];
}
