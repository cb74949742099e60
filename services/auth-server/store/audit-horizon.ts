import { type Kysely, sql } from 'kysely';
import { unavailable } from '#common/errors/app-error.ts';
import type { Schema } from './schema.ts';

const POLL_MS = 20;
const MAX_WAIT_MS = 5_000;

/** How far the audit log can be read without missing an event. */
export interface Horizon {
  /** The last id that was drawn. Its transaction may not have ended. */
  readonly lastId: number;
  /** No event with this id or a smaller one can appear later. Below `lastId` if a transaction stays open that may write one. */
  readonly settledId: number;
}

/**
 * Finds the id up to which all audit events are visible. Ids are drawn before the commit, so events become visible out of
 * order. A transaction holds a lock on the table from before it draws an id until its events are visible. So the last id is
 * settled when all transactions have ended that held the lock after the id was read.
 */
export class AuditHorizon {
  readonly #db: Kysely<Schema>;
  /** The largest id that this process knows to be settled. */
  #settledId = 0;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Waits, at most MAX_WAIT_MS, for the transactions that may have drawn an id. If one stays open, settledId does not change. */
  async read(): Promise<Horizon> {
    const lastId = await lastDrawnId(this.#db);
    if (await this.#waitForWriters()) this.#settledId = Math.max(this.#settledId, lastId);
    return { lastId, settledId: Math.min(this.#settledId, lastId) };
  }

  /** Whether all transactions that are writing events now have ended in time. */
  async #waitForWriters(): Promise<boolean> {
    const deadline = performance.now() + MAX_WAIT_MS;
    let writers = await writersOfEvents(this.#db);
    while (writers.size > 0) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      writers = writers.intersection(await writersOfEvents(this.#db));
    }
    return true;
  }
}

async function lastDrawnId(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ lastId: number; isStandby: boolean }>`
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "lastId", pg_is_in_recovery() AS "isStandby"
    FROM public.audit_events_id_seq`.execute(db);
  const [row] = rows;
  // A standby does not show the transactions of the primary.
  if (row === undefined || row.isStandby) throw unavailable('the database is a standby; retry the request');
  return row.lastId;
}

/** The virtual ids of the running transactions that may have drawn an id. Postgres does not reuse virtual ids. */
async function writersOfEvents(db: Kysely<Schema>): Promise<Set<string>> {
  const { rows } = await sql<{ virtualtransaction: string }>`
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'public.audit_events'::regclass AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
  return new Set(rows.map(({ virtualtransaction }) => virtualtransaction));
}
