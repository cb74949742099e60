import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** Work that is still to be done. */
export interface Backlog {
  readonly count: number;
  /** For how long the oldest has waited; 0 if there are none. */
  readonly oldestSeconds: number;
}

/** Cache keys that committed changes have not dropped yet. */
export function pendingInvalidationBacklog(db: Kysely<Schema>): Promise<Backlog> {
  return db.selectFrom('pending_invalidations').select(backlogSince('created_at')).executeTakeFirstOrThrow();
}

/** Narrowed or deleted apps and deleted organizations whose installs are not updated yet. */
export function pendingAppUpdateBacklog(db: Kysely<Schema>): Promise<Backlog> {
  return db.selectFrom('pending_app_updates').select(backlogSince('created_at')).executeTakeFirstOrThrow();
}

/** Deliveries that a server may claim now. They have waited since they became due, or since the end of an expired lease. */
export function dueDeliveryBacklog(db: Kysely<Schema>): Promise<Backlog> {
  return db
    .selectFrom('webhook_deliveries')
    .where('status', '=', 'pending')
    .where('next_attempt_at', '<=', sql<Date>`clock_timestamp()`)
    .select(backlogSince('next_attempt_at'))
    .executeTakeFirstOrThrow();
}

const backlogSince = (column: string) => [
  sql<number>`count(*)::float8`.as('count'),
  sql<number>`coalesce(extract(epoch FROM clock_timestamp() - min(${sql.ref(column)})), 0)::float8`.as('oldestSeconds'),
];
