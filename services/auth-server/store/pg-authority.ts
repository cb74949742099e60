import type { Kysely } from 'kysely';
import { credentialWithheld, propagationPending, unavailable } from '#common/errors/app-error.ts';
import { newChangeId, type TokenStateFence } from '#common/token-state/cache.ts';
import type { Authority, AuthorityChange } from '../domain/authority/authority.ts';
import { beginChange } from './locks.ts';
import {
  beginInvalidation,
  type ChangeInvalidations,
  deleteInvalidations,
  type PendingInvalidation,
} from './pending-invalidations.ts';
import { storesOver } from './pg-database.ts';
import type { Schema } from './schema.ts';

type IfCacheUnreachable = AuthorityChange<unknown>['ifCacheUnreachable'];

export interface AuthorityOptions {
  /** For how long a committed change tries to reach the cache before it reports PROPAGATION_PENDING. */
  readonly propagationTimeoutMs: number;
  /** Called after each step of a change, which waits for it. Fault tests stop and kill processes here. */
  readonly onStep?: ((step: ChangeStep) => Promise<void>) | undefined;
}

/** The steps of a change in their order, each named after what has been done. */
export const CHANGE_STEPS = [
  'begun',
  'locked',
  'inserted',
  'applied',
  'fenced',
  'committed',
  'dropped',
  'deleted',
] as const;
export type ChangeStep = (typeof CHANGE_STEPS)[number];

/**
 * The longest that a change may take from BEGIN to COMMIT; Postgres ends it otherwise. Well below the life of a fence, so
 * that no process, however long it was stopped, commits behind an expired fence. What Postgres itself takes to commit (a
 * disk or a synchronous standby that stalls) is not bounded by it; the life of a fence leaves minutes for that.
 */
const TRANSACTION_TIMEOUT_MS = 15_000;
const DROP_RETRY_MS = 25;
/**
 * For how long a new credential waits to be handed out while the old one's entry cannot be dropped. Longer than for other
 * changes: past it the credential is lost, since nothing can say again what it was.
 */
const HAND_OUT_TIMEOUT_MS = 15_000;

/** lock → insert → change → fence → commit → drop → delete → success, over Postgres and the token-state cache. */
export class PgAuthority implements Authority {
  readonly #db: Kysely<Schema>;
  readonly #cache: TokenStateFence;
  readonly #options: AuthorityOptions;

  constructor(db: Kysely<Schema>, cache: TokenStateFence, options: AuthorityOptions) {
    this.#db = db;
    this.#cache = cache;
    this.#options = options;
  }

  async change<T>(change: AuthorityChange<T>): Promise<T> {
    const changeId = newChangeId();
    const { result, own, outstanding } = await this.#commit(change, changeId);
    await this.#reached('committed');
    // A change without any keys takes the same steps.
    const invalidations = [...own, ...outstanding];
    await this.#drop(invalidations, change.ifCacheUnreachable);
    await this.#reached('dropped');
    // The change is visible; rows that stay behind only cost the sweep a needless drop.
    if (invalidations.length > 0) await deleteInvalidations(this.#db, invalidations).catch(() => {});
    await this.#reached('deleted');
    return result;
  }

  /**
   * An error from the work itself is a roll-back; one from COMMIT leaves open what happened, so its fence stays. READ
   * COMMITTED, whatever the database's default is: each statement must see what was committed while the locks were waited for.
   */
  async #commit<T>(change: AuthorityChange<T>, changeId: Buffer): Promise<{ result: T } & ChangeInvalidations> {
    const transactions = this.#db.transaction().setIsolationLevel('read committed');
    return transactions.execute(async (transaction) => {
      await this.#reached('begun');
      await beginChange(transaction, change.locks, TRANSACTION_TIMEOUT_MS);
      await this.#reached('locked');
      const stores = storesOver(transaction);
      const altersAnswers = (await change.altersAnswers?.(stores)) ?? true;
      const invalidations = await beginInvalidation(transaction, changeId, change.affects, altersAnswers);
      await this.#reached('inserted');
      const result = await change.apply(stores);
      await this.#reached('applied');
      await this.#fence(changeId, invalidations, change.ifCacheUnreachable);
      await this.#reached('fenced');
      return { result, ...invalidations };
    });
  }

  async #reached(step: ChangeStep): Promise<void> {
    await this.#options.onStep?.(step);
  }

  /**
   * A change that hands out a credential also drops here what earlier changes have left: those are committed, and after its
   * own commit it could only withhold the credential.
   */
  async #fence(changeId: Buffer, { own, outstanding }: ChangeInvalidations, ifUnreachable: IfCacheUnreachable) {
    const keys = own.map(({ key }) => key);
    try {
      if (keys.length > 0) await this.#cache.fence(changeId, keys);
      if (ifUnreachable === 'roll-back') await dropInvalidations(this.#cache, outstanding);
    } catch (error) {
      if (ifUnreachable === 'commit') return;
      void this.#cache.drop(changeId, keys).catch(() => {}); // the fence may have been set
      throw unavailable('the token-state cache (Redis) cannot be reached', error);
    }
  }

  /** Returns when every key is dropped; PROPAGATION_PENDING if that does not happen in time. */
  async #drop(invalidations: readonly PendingInvalidation[], ifUnreachable: IfCacheUnreachable): Promise<void> {
    const handsOut = ifUnreachable === 'roll-back';
    const deadline = performance.now() + (handsOut ? HAND_OUT_TIMEOUT_MS : this.#options.propagationTimeoutMs);
    for (;;) {
      try {
        await dropInvalidations(this.#cache, invalidations);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw handsOut ? credentialWithheld(error) : propagationPending(error);
        await new Promise((resolve) => setTimeout(resolve, DROP_RETRY_MS));
      }
    }
  }
}

/** Drops keys of several changes, each under its own change id. An error leaves open which of them were dropped. */
export async function dropInvalidations(
  cache: TokenStateFence,
  invalidations: readonly PendingInvalidation[],
): Promise<void> {
  const changes = Map.groupBy(invalidations, ({ changeId }) => changeId.toString('hex')).values();
  const drops = Array.from(changes, (rows) => {
    const { changeId } = rows[0] as PendingInvalidation;
    return cache.drop(
      changeId,
      rows.map(({ key }) => key),
    );
  });
  await Promise.all(drops);
}
