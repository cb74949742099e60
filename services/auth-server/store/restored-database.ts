import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** More than the bot users and events that can have been created after a backup. */
const LOST_BOT_USERS = 1_000_000;
const LOST_AUDIT_EVENTS = 1_000_000_000;

export interface Restored {
  /** The number of active installs. */
  readonly installs: number;
  /** The time of the newest audit event: about the time of the backup. */
  readonly lastEventAt: Date | null;
  /** The number of other connections to the database, by application name. */
  readonly connections: Readonly<Record<string, number>>;
}

export async function readRestored(db: Kysely<Schema>): Promise<Restored> {
  const { rows } = await sql<Restored>`
    SELECT (SELECT count(*) FROM installs WHERE status = 'active') AS installs,
      (SELECT occurred_at FROM audit_events ORDER BY id DESC LIMIT 1) AS "lastEventAt",
      (SELECT coalesce(jsonb_object_agg(name, connections), '{}') FROM (
        SELECT coalesce(nullif(application_name, ''), 'unnamed') AS name, count(*) AS connections FROM pg_stat_activity
        WHERE datname = current_database() AND coalesce(backend_type, 'client backend') = 'client backend'
          AND pid <> pg_backend_pid()
        GROUP BY 1) AS others) AS connections`.execute(db);
  return rows[0] as Restored;
}

/**
 * Skips the ids that were assigned after the backup and are used outside the database: bot users own what they created in the
 * platform, and exports of the audit log name its events.
 */
export async function skipLostIds(db: Kysely<Schema>): Promise<void> {
  const skip = (sequence: string, count: number) =>
    sql`SELECT setval(${sequence}::regclass, nextval(${sequence}::regclass) + ${count})`.execute(db);
  await skip('public.bot_user_ids', LOST_BOT_USERS);
  await skip('public.audit_events_id_seq', LOST_AUDIT_EVENTS);
}
