import type { Kysely } from 'kysely';
import { BatchQueue } from '../../domain/batch-queue.ts';
import type { Schema } from '../schema.ts';
import { deleteInvalidations, type PendingInvalidation } from './pending-invalidations.ts';

/** How long `deleteLater` collects rows before it deletes them. Well below the age at which the sweep takes them. */
const COLLECT_MS = 50;
/** `maxBatchSize` limits how many calls of `InvalidationCleanup.delete` share a batch, not how many rows. */
const DELETIONS = { maxRunning: 1, maxBatchSize: 1_000, maxQueued: Number.POSITIVE_INFINITY };

/**
 * Deletes pending invalidations after their keys are dropped, in batches: one statement for each change would take a fifth of
 * the CPU time of a refresh. Rows that remain, for example because the process ended, are deleted by the sweep. It first drops
 * their keys again, which only costs cache misses.
 */
export class InvalidationCleanup {
  readonly #deletions: BatchQueue<readonly PendingInvalidation[], undefined>;
  #collected: PendingInvalidation[] = [];

  constructor(db: Kysely<Schema>) {
    this.#deletions = new BatchQueue(async (dropped) => {
      await deleteInvalidations(db, dropped.flat());
      return dropped.map(() => undefined);
    }, DELETIONS);
  }

  /** Deletes the rows soon, without waiting. */
  deleteLater(dropped: readonly PendingInvalidation[]): void {
    const isFirst = this.#collected.length === 0;
    this.#collected.push(...dropped);
    if (isFirst && dropped.length > 0)
      setTimeout(() => void this.delete(this.#collected.splice(0)), COLLECT_MS).unref();
  }

  /** Resolves when the rows are deleted, or their deletion has failed. */
  async delete(dropped: readonly PendingInvalidation[]): Promise<void> {
    if (dropped.length > 0) await this.#deletions.run(dropped).catch(() => {});
  }
}
