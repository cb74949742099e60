import { type Kysely, sql } from 'kysely';
import { unavailable } from '#common/errors/app-error.ts';
import type { Schema } from './schema.ts';

const POLL_MS = 20;
const MAX_WAIT_MS = 5_000;

/**
 * An id up to which all audit events are visible: none with a smaller one can appear later. Ids are drawn before the commit,
 * so events become visible out of order. A transaction holds a lock on the table from before it draws an id until its events
 * are visible; so once all those have ended that hold the lock after the last id was read, that id is settled.
 */
export async function settledAuditId(db: Kysely<Schema>): Promise<number> {
  const lastId = await lastDrawnId(db);
  const deadline = performance.now() + MAX_WAIT_MS;
  let writers = await writersOfEvents(db);
  while (writers.size > 0) {
    if (performance.now() > deadline)
      throw unavailable('a transaction that writes audit events takes too long; try again');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    writers = writers.intersection(await writersOfEvents(db));
  }
  return lastId;
}

async function lastDrawnId(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ lastId: number; isStandby: boolean }>`
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "lastId", pg_is_in_recovery() AS "isStandby"
    FROM public.audit_events_id_seq`.execute(db);
  const [row] = rows;
  // A standby does not show the transactions of the primary.
  if (row === undefined || row.isStandby) throw unavailable('the database is a standby');
  return row.lastId;
}

/** The running transactions that may have drawn an id. Their numbers are not used again. */
async function writersOfEvents(db: Kysely<Schema>): Promise<Set<string>> {
  const { rows } = await sql<{ virtualtransaction: string }>`
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'public.audit_events'::regclass AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
  return new Set(rows.map(({ virtualtransaction }) => virtualtransaction));
}
