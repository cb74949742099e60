import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** Maximum rows per transaction, so that no lock is held for long. */
export const REMOVAL_BATCH = 1_000;
/**
 * While the creation or the drop of a partition waits for its lock, it blocks readers of audit events, and can block writers. So
 * neither may wait long behind a slow reader.
 */
const PARTITION_LOCK_TIMEOUT_MS = 200;

/**
 * Statements that delete rows that ended, expired or were created before `cutoff`. Rows that other transactions have locked stay
 * until a later batch.
 */
const REMOVALS = {
  tokens: (cutoff: Date) => sql`DELETE FROM tokens WHERE id IN (
    SELECT id FROM tokens WHERE ended_at < ${cutoff} LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
  authorization_codes: (cutoff: Date) => sql`DELETE FROM authorization_codes WHERE id IN (
    SELECT id FROM authorization_codes WHERE expires_at < ${cutoff} LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
  app_secrets: (cutoff: Date) => sql`DELETE FROM app_secrets WHERE id IN (
    SELECT id FROM app_secrets WHERE expires_at < ${cutoff} LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
  install_requests: (cutoff: Date) => sql`DELETE FROM install_requests WHERE id IN (
    SELECT id FROM install_requests WHERE expires_at < ${cutoff} LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
  failed_requests: (cutoff: Date) => sql`DELETE FROM failed_requests WHERE id IN (
    SELECT id FROM failed_requests WHERE minute < ${cutoff} LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
  // Keeps pending deliveries: one that is still pending at this age has been replayed.
  webhook_deliveries: (cutoff: Date) => sql`DELETE FROM webhook_deliveries WHERE id IN (
    SELECT id FROM webhook_deliveries
    WHERE id < (SELECT uuidv7(${cutoff}::timestamptz - clock_timestamp())) AND status <> 'pending'
    ORDER BY id LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
  webhook_events: (cutoff: Date) => sql`DELETE FROM webhook_events WHERE id IN (
    SELECT id FROM webhook_events WHERE created_at < ${cutoff}
      AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE event_id = webhook_events.id)
    LIMIT ${REMOVAL_BATCH} FOR UPDATE SKIP LOCKED)`,
} satisfies Partial<Record<keyof Schema, (cutoff: Date) => RawBuilder<unknown>>>;

export type RemovableTable = keyof typeof REMOVALS;
export const REMOVABLE_TABLES = Object.keys(REMOVALS) as RemovableTable[];

/** Returns the number of removed rows; below REMOVAL_BATCH if none are left. Undefined if another server is removing rows. */
export function removeBatch(db: Kysely<Schema>, table: RemovableTable, cutoff: Date): Promise<number | undefined> {
  return exclusively(db, async (transaction) => {
    const { numAffectedRows } = await REMOVALS[table](cutoff).execute(transaction);
    return Number(numAffectedRows ?? 0);
  });
}

/**
 * Creates partitions of audit_events ahead of time, and drops those of months more than `keepMonths` before the current one; 0
 * keeps all. Returns the number of removed rows, which Postgres estimates; undefined if another server is removing rows.
 */
export function maintainPartitions(db: Kysely<Schema>, now: Date, keepMonths: number): Promise<number | undefined> {
  return exclusively(db, async (transaction) => {
    await sql`SELECT set_config('lock_timeout', ${String(PARTITION_LOCK_TIMEOUT_MS)}, true)`.execute(transaction);
    await sql`SELECT extend_audit_events(${now})`.execute(transaction);
    if (keepMonths === 0) return 0;
    const { rows } = await sql<{ removed: number }>`
      SELECT drop_audit_events_before(${now}::timestamptz - make_interval(months => ${keepMonths})) AS removed`.execute(
      transaction,
    );
    return rows[0]?.removed ?? 0;
  });
}

/** Runs `work` in a transaction. Undefined, without waiting, if another such transaction is running in the database. */
function exclusively<T>(db: Kysely<Schema>, work: (transaction: Kysely<Schema>) => Promise<T>): Promise<T | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ locked: boolean }>`
      SELECT pg_try_advisory_xact_lock(hashtextextended('retention', 0)) AS locked`.execute(transaction);
    return rows[0]?.locked ? work(transaction) : undefined;
  });
}
