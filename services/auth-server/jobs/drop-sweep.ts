import type { Kysely } from 'kysely';
import type { Log } from '#common/process/log.ts';
import type { TokenStateFence } from '#common/token-state/cache.ts';
import { forgetPendingDrops, overduePendingDrops } from '../store/pending-drops.ts';
import { dropEntries } from '../store/pg-authority.ts';
import type { Schema } from '../store/schema.ts';

const INTERVAL_MS = 500;
/** A change drops its own entries within milliseconds; what is older was left by a crash or an unreachable cache. */
const OVERDUE_MS = 2_000;
const BATCH = 1_000;

/**
 * Completes committed changes whose cache entries are still to be dropped. Every auth-server runs one; doing a drop twice
 * does no harm (it costs a cache miss), so they need not agree on who does it, and the death of one delays nothing.
 */
export class DropSweep {
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

  /** Waits for the round under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
  }

  async #sweep(): Promise<void> {
    try {
      let landed = 0;
      for (;;) {
        const drops = await overduePendingDrops(this.#db, OVERDUE_MS, BATCH);
        if (drops.length === 0) break;
        await dropEntries(this.#cache, drops);
        await forgetPendingDrops(this.#db, drops);
        landed += drops.length;
      }
      if (landed > 0) this.#log.info({ landed }, 'completed changes that were pending');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'pending changes cannot be completed now; trying again');
      this.#failing = true;
    }
  }
}
