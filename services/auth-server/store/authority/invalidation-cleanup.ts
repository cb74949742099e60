import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { deleteInvalidations, type PendingInvalidation } from './pending-invalidations.ts';

/** How long rows are collected before they are deleted. Well below the age at which the sweep takes them. */
const COLLECT_MS = 50;

/**
 * Deletes pending invalidations in batches after their keys are dropped. One deletion per refresh would cost a fifth of its
 * CPU. A row that is not deleted, such as at the end of the process, only causes a redundant drop by the sweep.
 */
export class InvalidationCleanup {
  readonly #db: Kysely<Schema>;
  #queued: PendingInvalidation[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The next round, which starts after the one in progress and deletes all queued rows. */
  #nextRound: Promise<void> | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Deletes the rows soon, without waiting. */
  deleteLater(dropped: readonly PendingInvalidation[]): void {
    if (dropped.length === 0) return;
    this.#queued.push(...dropped);
    this.#timer ??= setTimeout(() => void this.#delete(), COLLECT_MS).unref();
  }

  /** Resolves when the rows are deleted, or their deletion has failed. */
  async delete(dropped: readonly PendingInvalidation[]): Promise<void> {
    if (dropped.length === 0) return;
    this.#queued.push(...dropped);
    await this.#delete();
  }

  #delete(): Promise<void> {
    this.#nextRound ??= this.#round.then(() => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      const rows = this.#queued;
      this.#queued = [];
      this.#nextRound = undefined;
      this.#round = deleteInvalidations(this.#db, rows).catch(() => {});
      return this.#round;
    });
    return this.#nextRound;
  }
}
