import type { Kysely } from 'kysely';
import { credentialWithheld, propagationPending, unavailable } from '#common/errors/app-error.ts';
import type { TokenStateFence } from '#common/token-state/cache.ts';
import { newId } from '#common/token-state/entry.ts';
import type { Authority, AuthorityChange } from '../domain/authority/authority.ts';
import { beginChange } from './locks.ts';
import { forgetPendingDrops, notePendingDrops, owedDrops, type PendingDrop } from './pending-drops.ts';
import { storesOver } from './pg-database.ts';
import type { Schema } from './schema.ts';

type IfCacheUnreachable = AuthorityChange<unknown>['ifCacheUnreachable'];

export interface AuthorityOptions {
  /** For how long a committed change tries to reach the cache, without any progress, before it reports PROPAGATION_PENDING. */
  readonly propagationTimeoutMs: number;
  /** Told of each step that a change has taken; the change waits for it. Fault tests stop and kill processes here. */
  readonly onStep?: ((step: ChangeStep) => Promise<void>) | undefined;
}

/** The steps of a change in their order, each named after what has been done. */
export const CHANGE_STEPS = [
  'begun',
  'locked',
  'noted',
  'applied',
  'fenced',
  'committed',
  'dropped',
  'forgotten',
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
/** Of a change of very many tokens; each batch has the propagation timeout for itself. */
const DROPS_PER_BATCH = 5_000;
/** Drops of several changes, at a time. */
const CHANGES_UNDER_WAY = 4;

/** lock → note → change → fence → commit → drop → success, over Postgres and the token-state cache. */
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
    const changeId = newId();
    const { result, drops } = await this.#commit(change, changeId);
    await this.#reached('committed');
    // Without any drops, too: a change takes the same steps whatever it affects.
    await this.#land(drops.slice(0, DROPS_PER_BATCH), change.ifCacheUnreachable);
    for (let at = DROPS_PER_BATCH; at < drops.length; at += DROPS_PER_BATCH) {
      await this.#land(drops.slice(at, at + DROPS_PER_BATCH), change.ifCacheUnreachable);
    }
    return result;
  }

  /** What has landed is forgotten at once, so that whoever has to go on (a repeat, a sweep) has only the rest to do. */
  async #land(drops: readonly PendingDrop[], ifUnreachable: IfCacheUnreachable): Promise<void> {
    await this.#drop(drops, ifUnreachable);
    await this.#reached('dropped');
    // The change is visible; rows that stay behind only cost the sweep a needless drop.
    if (drops.length > 0) await forgetPendingDrops(this.#db, drops).catch(() => {});
    await this.#reached('forgotten');
  }

  /** An error from the work itself is a roll-back; one from COMMIT leaves open what happened, so its fence stays. */
  async #commit<T>(change: AuthorityChange<T>, changeId: Buffer): Promise<{ result: T; drops: PendingDrop[] }> {
    return this.#db.transaction().execute(async (transaction) => {
      await this.#reached('begun');
      await beginChange(transaction, change.locks, TRANSACTION_TIMEOUT_MS);
      await this.#reached('locked');
      const stores = storesOver(transaction);
      const altersAnswers = (await change.altersAnswers?.(stores)) ?? true;
      const older = await owedDrops(transaction, change.affects);
      const own = altersAnswers ? await notePendingDrops(transaction, changeId, change.affects) : [];
      await this.#reached('noted');
      const result = await change.apply(stores);
      await this.#reached('applied');
      await this.#fence(own, change.ifCacheUnreachable);
      await this.#reached('fenced');
      return { result, drops: [...own, ...older] };
    });
  }

  async #reached(step: ChangeStep): Promise<void> {
    await this.#options.onStep?.(step);
  }

  async #fence(drops: readonly PendingDrop[], ifUnreachable: IfCacheUnreachable): Promise<void> {
    const [first] = drops;
    if (first === undefined) return;
    const accessHashes = drops.map(({ accessHash }) => accessHash);
    try {
      await this.#cache.fence(first.changeId, accessHashes);
    } catch (error) {
      if (ifUnreachable === 'commit') return;
      await this.#cache.drop(first.changeId, accessHashes).catch(() => {}); // some of the fences may have landed
      throw unavailable('the token-state cache (Redis) cannot be reached', error);
    }
  }

  /** Returns when every entry is gone; PROPAGATION_PENDING if that does not happen in time. */
  async #drop(drops: readonly PendingDrop[], ifUnreachable: IfCacheUnreachable): Promise<void> {
    if (drops.length === 0) return;
    const handsOut = ifUnreachable === 'roll-back';
    const deadline = performance.now() + (handsOut ? HAND_OUT_TIMEOUT_MS : this.#options.propagationTimeoutMs);
    for (;;) {
      try {
        await dropEntries(this.#cache, drops);
        break;
      } catch (error) {
        if (performance.now() > deadline) throw handsOut ? credentialWithheld(error) : propagationPending(error);
        await new Promise((resolve) => setTimeout(resolve, DROP_RETRY_MS));
      }
    }
  }
}

/** Drops entries of several changes, each under its own id, a few at a time: of very many the last would time out. */
export async function dropEntries(cache: TokenStateFence, drops: readonly PendingDrop[]): Promise<void> {
  const groups = [...Map.groupBy(drops, ({ changeId }) => changeId.toString('hex')).values()];
  for (let at = 0; at < groups.length; at += CHANGES_UNDER_WAY) {
    const underWay = groups.slice(at, at + CHANGES_UNDER_WAY);
    await Promise.all(underWay.map((group) => dropOfOneChange(cache, group)));
  }
}

function dropOfOneChange(cache: TokenStateFence, drops: readonly PendingDrop[]): Promise<void> {
  const { changeId } = drops[0] as PendingDrop;
  return cache.drop(
    changeId,
    drops.map(({ accessHash }) => accessHash),
  );
}
