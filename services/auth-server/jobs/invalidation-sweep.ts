import type { Kysely } from 'kysely';
import type { Log } from '#common/process/log.ts';
import { dropInvalidations } from '../store/authority/change-protocol.ts';
import {
  deleteInvalidations,
  overdueInvalidations,
  type PendingInvalidation,
} from '../store/authority/pending-invalidations.ts';
import { allNodes, readCacheNodes } from '../store/cache-nodes.ts';
import type { Schema } from '../store/schema.ts';
import type { NodesFence } from '../token-state/token-state-nodes.ts';
import type { JobRuns } from './job-runs.ts';

const INTERVAL_MS = 500;
/** A change drops its own keys within milliseconds. Older rows are left by a crash or an unreachable cache. */
const OVERDUE_MS = 2_000;
const BATCH = 100;

/**
 * Drops the cache keys of committed changes that did not do so themselves. Every auth-server runs it without coordination,
 * so that it continues when one crashes: a repeated drop only costs cache misses.
 */
export class InvalidationSweep {
  readonly #db: Kysely<Schema>;
  readonly #cache: NodesFence;
  readonly #log: Log;
  readonly #runs: JobRuns;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(db: Kysely<Schema>, cache: NodesFence, log: Log, runs: JobRuns) {
    this.#db = db;
    this.#cache = cache;
    this.#log = log;
    this.#runs = runs;
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

  async #complete(): Promise<number> {
    let completed = 0;
    let overdue: readonly PendingInvalidation[];
    do {
      overdue = await overdueInvalidations(this.#db, OVERDUE_MS, BATCH);
      if (overdue.length > 0) await this.#dropAll(overdue);
      completed += overdue.length;
      // Until a batch is not full, rather than empty: rows that another server is deleting are read again.
    } while (overdue.length === BATCH);
    return completed;
  }

  /** The nodes are read after the rows, so none is missing that was added before these changes were committed. */
  async #dropAll(overdue: readonly PendingInvalidation[]): Promise<void> {
    await dropInvalidations(this.#cache, overdue, allNodes(await readCacheNodes(this.#db)));
    await deleteInvalidations(this.#db, overdue);
  }

  async #sweep(): Promise<void> {
    const completed = await this.#runs.run('invalidation_sweep', () => this.#complete());
    if (completed) this.#log.info({ completed }, 'completed pending invalidations');
  }
}
