import type { Kysely } from 'kysely';
import { credentialWithheld, propagationPending, unavailable } from '#common/errors/app-error.ts';
import type { Authority, AuthorityChange } from '../domain/authority.ts';
import { newChangeId, type TokenStateFence } from '../token-state/cache.ts';
import { AppConcurrency } from './app-concurrency.ts';
import { InvalidationCleanup } from './invalidation-cleanup.ts';
import { takeLocks } from './locks.ts';
import { beginInvalidation, type ChangeInvalidations, type PendingInvalidation } from './pending-invalidations.ts';
import { storesOver } from './pg-database.ts';
import type { Schema } from './schema.ts';

type Committed<T> = { readonly result: T } & ChangeInvalidations;
type IfCacheUnreachable = AuthorityChange<unknown>['ifCacheUnreachable'];

export interface AuthorityOptions {
  /** For how long a committed change tries to reach the cache before it reports PROPAGATION_PENDING. */
  readonly propagationTimeoutMs: number;
  /** Called after each step of a change, which waits for it. Fault tests stop and kill processes here. */
  readonly onStep?: ((step: ChangeStep) => Promise<void>) | undefined;
}

/** The steps of a change in their order, each named after what has been done. */
export const CHANGE_STEPS = ['begun', 'applied', 'fenced', 'committed', 'dropped'] as const;
export type ChangeStep = (typeof CHANGE_STEPS)[number];

const DROP_RETRY_MS = 25;
/**
 * For how long a new credential waits to be handed out while the old one's entry cannot be dropped. Longer than for other
 * changes: past it the pair of a code is lost, since nothing can say again what it was; a refresh can be repeated.
 */
const HAND_OUT_TIMEOUT_MS = 15_000;

/** What changes run on. */
export interface AuthorityConnections {
  /** For changes that hand out a credential. */
  readonly grants: Kysely<Schema>;
  /** For all others: what takes authority away never waits behind the token endpoint. */
  readonly others: Kysely<Schema>;
}

/**
 * lock → insert → change → fence → commit → drop → success, over Postgres and the token-state cache. Round trips to Postgres:
 * one for BEGIN, the locks, the row and the first statement of the change; what further ones it waits for; and one for what
 * it does not wait for and COMMIT.
 */
export class PgAuthority implements Authority {
  readonly #connections: AuthorityConnections;
  readonly #cache: TokenStateFence;
  readonly #cleanup: InvalidationCleanup;
  readonly #appConcurrency = new AppConcurrency();
  readonly #options: AuthorityOptions;

  constructor(connections: AuthorityConnections, cache: TokenStateFence, options: AuthorityOptions) {
    this.#connections = connections;
    this.#cache = cache;
    this.#cleanup = new InvalidationCleanup(connections.others);
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
    // The change is visible. An install that has ended is shown as ending until its rows are gone; nobody else has to wait.
    if (change.ifCacheUnreachable === 'commit') await this.#cleanup.delete(invalidations);
    else this.#cleanup.deleteLater(invalidations);
    return result;
  }

  /** An error from the work itself is a roll-back; one from COMMIT leaves open what happened, so its fence stays. */
  async #commit<T>(change: AuthorityChange<T>, changeId: Buffer): Promise<Committed<T>> {
    if (change.ifCacheUnreachable === 'commit') return this.#transact(this.#connections.others, change, changeId);
    return this.#appConcurrency.run(change.locks.app?.id ?? 0, () =>
      this.#transact(this.#connections.grants, change, changeId),
    );
  }

  #transact<T>(db: Kysely<Schema>, change: AuthorityChange<T>, changeId: Buffer): Promise<Committed<T>> {
    return db.transaction().execute(async (transaction) => {
      await this.#reached('begun');
      const stores = storesOver(transaction);
      if (change.changesTokenState) await takeLocks(transaction, change.locks);
      const changesTokenState = (await change.changesTokenState?.(stores)) ?? true;
      const begun = await beginInvalidation(transaction, changeId, change, changesTokenState);
      const result = await change.apply(stores);
      const invalidations = await begun();
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
