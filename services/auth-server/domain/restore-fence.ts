import type { Clock } from '#common/process/clock.ts';
import type { InstallId } from './ids.ts';
import type { Initiator } from './initiator.ts';
import type { Database, Stores } from './stores.ts';
import { enqueueUninstallEvents } from './webhook/lifecycle-events.ts';

const INSTALLS_PER_BATCH = 1_000;
/** Lower than every id. */
const BEFORE_FIRST_INSTALL = '00000000-0000-0000-0000-000000000000' as InstallId;
const INITIATOR: Initiator = { performedBy: 'restore-fence', ipAddress: '', requestId: '' };

/**
 * Ends every grant in a database that was restored from a backup. Each may have been revoked after the backup, without a
 * record. Its tokens may also have been replaced by a lost pair, and a refresh would issue the same tokens again
 * (docs/adr/0011). Run it while no auth-server is connected. Unrelated to the fences of the token-state cache.
 */
export class RestoreFence {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Ends all installs with their tokens and voids all outstanding codes. Each batch is a transaction, and a repeat
   * continues. Returns the number of ended installs; `onProgress` gets the number so far after each batch.
   */
  async run(onProgress: (ended: number) => void): Promise<number> {
    const now = new Date(this.#clock.now());
    await this.#database.stores.codes.voidOutstanding('all', now);
    let ended = 0;
    let after: InstallId | undefined = BEFORE_FIRST_INSTALL;
    while (after !== undefined) {
      const from: InstallId = after;
      const batch = await this.#database.transaction((stores) => endBatch(stores, from, now));
      ended += batch.ended;
      after = batch.last;
      onProgress(ended);
    }
    const event = { action: 'database.restored', initiator: INITIATOR, details: { installs: String(ended) } } as const;
    await this.#database.stores.audit.append(event, now);
    return ended;
  }
}

/** `last` is undefined if there was no install after `from`. */
async function endBatch(stores: Stores, from: InstallId, now: Date) {
  const page = await stores.installs.lockPage('all', from, INSTALLS_PER_BATCH);
  const ended = [
    ...(await stores.installs.recordEnds(page, now)),
    ...(await stores.installs.endAll(page, 'database_restored', now)),
  ];
  await enqueueUninstallEvents(stores.events, ended, now);
  const entries = ended.map(({ id: installId, organization, endReason: reason }) => ({
    action: 'install.revoked' as const,
    initiator: INITIATOR,
    organizationId: organization.id,
    installId,
    details: { reason },
  }));
  if (entries.length > 0) await stores.audit.appendAll(entries, now);
  return { ended: ended.length, last: page.at(-1) };
}
