import type { Kysely } from 'kysely';
import { deleteInvalidations, type PendingInvalidation } from './pending-invalidations.ts';
import type { Schema } from './schema.ts';

/**
 * Deletes the rows of keys that have been dropped, all that have come up meanwhile in one statement. Rows that stay behind
 * only cost the sweep a needless drop.
 */
export class InvalidationCleanup {
  readonly #db: Kysely<Schema>;
  #next: PendingInvalidation[] = [];
  /** The statement that will take `#next`; it waits for the one under way. */
  #nextRound: Promise<void> | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Resolves once the rows are gone, or cannot be deleted now. */
  delete(dropped: readonly PendingInvalidation[]): Promise<void> {
    if (dropped.length === 0) return Promise.resolve();
    this.#next.push(...dropped);
    this.#nextRound ??= this.#round.then(() => {
      const rows = this.#next;
      this.#next = [];
      this.#nextRound = undefined;
      this.#round = deleteInvalidations(this.#db, rows).catch(() => {});
      return this.#round;
    });
    return this.#nextRound;
  }
}
