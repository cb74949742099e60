import type { Clock } from '#common/process/clock.ts';
import type { InstallId } from '../ids.ts';
import type { InstallScope } from '../install/install-store.ts';
import type { Database, Stores } from '../stores.ts';
import { enqueueUninstallEvents } from '../webhook/lifecycle-events.ts';

const INSTALLS_PER_BATCH = 1_000;
/** How long a widening of an app, or a recreation of an organization, waits for pending updates before it is rejected. */
export const UPDATE_WAIT_MS = 2_000;
export const UPDATE_RETRY_AFTER_SECONDS = 5;
/** How often to check whether another transaction has finished. */
const POLL_MS = 25;

/**
 * Updates the rows of installs after an app was narrowed or deleted, or an organization deleted. Reads apply the change
 * from its commit on, whether or not these rows are updated. Each batch is a transaction, so that any server can resume
 * after any batch.
 */
export class AppUpdates {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Updates one batch; false if nothing is pending, or other transactions have locked all pending updates. */
  async runBatch(scope?: InstallScope): Promise<boolean> {
    return this.#database.transaction(async (stores) => {
      const update = await stores.appUpdates.lockNext(scope);
      if (update === undefined) return false;
      const page = (await stores.appUpdates.isSuperseded(update))
        ? []
        : await stores.installs.lockPage(update.scope, update.lastInstallId, INSTALLS_PER_BATCH);
      if (page.length > 0) await this.#update(stores, update.createdAt, page);
      if (page.length < INSTALLS_PER_BATCH) await stores.appUpdates.delete(update.id);
      else await stores.appUpdates.advance(update.id, page.at(-1) as InstallId, page.length);
      return true;
    });
  }

  /** Updates the installs of an app or organization, or waits while other transactions do; false after `timeoutMs`. */
  async finish(scope: InstallScope, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (await this.#database.stores.appUpdates.isPending(scope)) {
      if (performance.now() > deadline) return false;
      if (!(await this.runBatch(scope))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return true;
  }

  async #update(stores: Stores, endedAt: Date, installIds: readonly InstallId[]): Promise<void> {
    const ended = await stores.installs.recordEnds(installIds, endedAt);
    await enqueueUninstallEvents(stores.events, ended, new Date(this.#clock.now()));
    await stores.installs.narrowToApp(installIds);
  }
}
