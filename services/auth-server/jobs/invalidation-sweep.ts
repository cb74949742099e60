import type { Kysely } from 'kysely';
import type { Log } from '#common/process/log.ts';
import { dropInvalidations } from '../store/authority/change-protocol.ts';
import {
  deleteInvalidations,
  overdueInvalidations,
  type PendingInvalidation,
} from '../store/authority/pending-invalidations.ts';
import type { Schema } from '../store/schema.ts';
import type { TokenStateFence } from '../token-state/cache.ts';

const INTERVAL_MS = 500;
/** A change drops its own keys within milliseconds; what is older was left by a crash or an unreachable cache. */
const OVERDUE_MS = 2_000;
const BATCH = 100;

/**
 * Completes committed changes whose cache keys are still to be dropped. Every auth-server runs one; doing a drop twice
 * does no harm (it costs cache misses), so they need not agree on who does it, and the death of one delays nothing.
 */
export class InvalidationSweep {
  readonly #db: Kysely<Schema>;
  readonly #cache: TokenStateFence;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(db: Kysely<Schema>, cache: TokenStateFence, log: Log) {
    this.#db = db;
    this.#cache = cache;
    this.#log = log;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#round = this.#sweep().finally(() => this.#timer && this.start());
    }, INTERVAL_MS);
  }

  /** Waits for the round in progress. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
  }

  async #sweep(): Promise<void> {
    try {
      let completed = 0;
      let overdue: readonly PendingInvalidation[];
      do {
        overdue = await overdueInvalidations(this.#db, OVERDUE_MS, BATCH);
        await dropInvalidations(this.#cache, overdue);
        if (overdue.length > 0) await deleteInvalidations(this.#db, overdue);
        completed += overdue.length;
        // A batch that is not full was the last one; what somebody else is deleting may still be in it.
      } while (overdue.length === BATCH);
      if (completed > 0) this.#log.info({ completed }, 'completed changes that were pending');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'pending changes cannot be completed now; trying again');
      this.#failing = true;
    }
  }
}
