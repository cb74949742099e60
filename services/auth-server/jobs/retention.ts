import { type Kysely, sql } from 'kysely';
import type { Log } from '#common/process/log.ts';
import type { Schema } from '../store/schema.ts';

const INTERVAL_MS = 60 * 60_000;
/**
 * For how long a dead pair or code can still be told from a malformed token (reuse is audited, a replay revokes), and for how long
 * deliveries are in the log and idempotency keys of events are remembered.
 */
const RETENTION_DAYS = 30;
const BATCH = 5_000;

/** Removes what is dead for so long that nobody asks for it any more. Every auth-server runs one; they need not agree. */
export class Retention {
  readonly #db: Kysely<Schema>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(db: Kysely<Schema>, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#round = this.run().catch((error) =>
        this.#log.warn({ err: error }, 'retention failed; next try in an hour'),
      );
    }, INTERVAL_MS);
  }

  /** Waits for the round in progress. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }

  /**
   * Removes all there is to remove, in batches, so that no lock is held for long. What another server is just removing is
   * left to it: two that wait for each other's rows would be a deadlock.
   */
  async run(): Promise<void> {
    const age = sql`now() - make_interval(days => ${RETENTION_DAYS})`;
    const rounds = [
      sql`DELETE FROM tokens WHERE id IN
        (SELECT id FROM tokens WHERE ended_at < ${age} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      sql`DELETE FROM authorization_codes WHERE id IN
        (SELECT id FROM authorization_codes WHERE expires_at < ${age} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      sql`DELETE FROM app_secrets WHERE expires_at < ${age}`,
      // One that was replayed and is on its way again stays until it has arrived.
      sql`DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries WHERE id < uuidv7(make_interval(days => ${-RETENTION_DAYS})) AND status <> 'pending'
        ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      sql`DELETE FROM webhook_events WHERE id IN (
        SELECT id FROM webhook_events WHERE created_at < ${age}
          AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE event_id = webhook_events.id) LIMIT ${BATCH}
        FOR UPDATE SKIP LOCKED)`,
    ];
    for (const round of rounds) {
      let removed: bigint;
      do {
        removed = (await round.execute(this.#db)).numAffectedRows ?? 0n;
      } while (removed >= BigInt(BATCH));
    }
  }
}
