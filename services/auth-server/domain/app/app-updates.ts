import type { Clock } from '#common/process/clock.ts';
import type { InstallScope } from '../install/install-store.ts';
import type { Database, Stores } from '../stores.ts';
import { enqueueUninstallEvents } from '../webhook/lifecycle-events.ts';

const INSTALLS_PER_BATCH = 1_000;
/** For how long a change that would give back something waits for the installs to be updated, before it is refused for now. */
export const UPDATE_WAIT_MS = 2_000;
export const UPDATE_RETRY_AFTER_SECONDS = 5;
/** Between two looks at whether another server has finished an app. */
const WAIT_STEP_MS = 25;

/**
 * Brings the rows of installs in line with an app that was narrowed or deleted, or with an organization that was deleted.
 * What they no longer have is no authority from the commit of the change on; what follows here is bookkeeping, in batches that are a transaction each, so that it
 * may stop anywhere and go on in any server.
 */
export class AppUpdates {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Updates one batch of one app or organization; false if there was nothing to do that no other server is doing. */
  async runBatch(of?: InstallScope): Promise<boolean> {
    return this.#database.transaction(async (stores) => {
      const update = await stores.appUpdates.lockNext(of);
      if (update === undefined) return false;
      const page = (await stores.appUpdates.isSuperseded(update))
        ? []
        : await stores.installs.lockPage(update.of, update.lastInstallId, INSTALLS_PER_BATCH);
      if (page.length > 0) await this.#update(stores, update.createdAt, page);
      if (page.length < INSTALLS_PER_BATCH) await stores.appUpdates.delete(update.id);
      else await stores.appUpdates.advance(update.id, page.at(-1) as string, page.length);
      return true;
    });
  }

  /** Updates the installs of one app or organization, or waits for the server that does; false if `timeoutMs` were not enough. */
  async finish(of: InstallScope, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (await this.#database.stores.appUpdates.isPending(of)) {
      if (performance.now() > deadline) return false;
      if (!(await this.runBatch(of))) await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
    }
    return true;
  }

  async #update(stores: Stores, endedAt: Date, installIds: readonly string[]): Promise<void> {
    const ended = await stores.installs.recordEnds(installIds, endedAt);
    await enqueueUninstallEvents(stores.events, ended, new Date(this.#clock.now()));
    await stores.installs.narrowToApp(installIds);
  }
}
