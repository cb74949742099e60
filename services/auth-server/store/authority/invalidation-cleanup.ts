import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { deleteInvalidations, type PendingInvalidation } from './pending-invalidations.ts';

/** For how long rows that nobody waits for are collected. Well below the age at which the sweep takes them for left behind. */
const COLLECT_MS = 50;

/**
 * Deletes the rows of keys that have been dropped, many in one statement: alone, the deletion would cost a refresh a fifth of
 * its CPU. Rows that stay behind, as at the end of the process, only cost the sweep a needless drop.
 */
export class InvalidationCleanup {
  readonly #db: Kysely<Schema>;
  #collected: PendingInvalidation[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The statement that will take what is collected now; it waits for the one in progress. */
  #nextRound: Promise<void> | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Soon. */
  deleteLater(dropped: readonly PendingInvalidation[]): void {
    if (dropped.length === 0) return;
    this.#collected.push(...dropped);
    this.#timer ??= setTimeout(() => void this.#delete(), COLLECT_MS).unref();
  }

  /** Resolves once the rows are gone, or cannot be deleted now. */
  async delete(dropped: readonly PendingInvalidation[]): Promise<void> {
    if (dropped.length === 0) return;
    this.#collected.push(...dropped);
    await this.#delete();
  }

  #delete(): Promise<void> {
    this.#nextRound ??= this.#round.then(() => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      const rows = this.#collected;
      this.#collected = [];
      this.#nextRound = undefined;
      this.#round = deleteInvalidations(this.#db, rows).catch(() => {});
      return this.#round;
    });
    return this.#nextRound;
  }
}
