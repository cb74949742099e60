import type { Kysely } from 'kysely';
import { credentialWithheld, propagationPending, unavailable } from '#common/errors/app-error.ts';
import { type CacheKey, tokenKey } from '#common/token-state/keys.ts';
import type { AuthorityChange } from '../../domain/authority.ts';
import { newChangeId } from '../../token-state/cache.ts';
import type { NodesFence } from '../../token-state/token-state-nodes.ts';
import type { Schema } from '../schema.ts';
import { ChangeFence } from './change-fence.ts';
import type { InvalidationCleanup } from './invalidation-cleanup.ts';
import type { ChangeInvalidations, PendingInvalidation } from './pending-invalidations.ts';

/** The completed steps of a change, in order. At `begun` it has a connection; BEGIN is sent with its first statement. */
export const CHANGE_STEPS = ['begun', 'applied', 'fenced', 'committed', 'dropped'] as const;
export type ChangeStep = (typeof CHANGE_STEPS)[number];

export interface ChangeProtocolOptions {
  /** How long a committed change that is not a grant tries to drop its keys before it reports PROPAGATION_PENDING. */
  readonly propagationTimeoutMs: number;
  /** Called after each step; the change waits for it. Fault tests stop and kill processes here. */
  readonly onStep?: ((step: ChangeStep) => Promise<void>) | undefined;
}

/** A `grant` issues a credential: it is rolled back if the cache cannot be fenced. A `change` issues none; it commits anyway. */
type Kind = 'change' | 'grant';

/** Takes the locks, inserts the rows of pending_invalidations and makes the change. */
type Work<T> = (transaction: Kysely<Schema>, changeId: Buffer) => Promise<{ readonly result: T } & ChangeInvalidations>;

export interface Committed<T> {
  readonly result: T;
  /** Until this resolves, the change must not be acknowledged. Rejects with PROPAGATION_PENDING after a timeout. */
  readonly dropped: Promise<void>;
}

const DROP_RETRY_MS = 25;
/**
 * How long a grant retries to drop the entry of the old credential before it withholds the new one. Longer than the default
 * for other changes, because a pair that is withheld after a code exchange is lost: a refresh can be repeated, a code cannot.
 */
const GRANT_DROP_TIMEOUT_MS = 15_000;

/**
 * lock → insert → change → fence → commit → drop → success, over Postgres and the token-state cache. Expected keys are
 * already fenced during lock, insert and change. Round trips to Postgres up to the commit: one for BEGIN, the locks, the rows of
 * pending_invalidations and the first statement of the change; those that the change itself waits for; and one for the rest
 * and COMMIT.
 */
export class ChangeProtocol {
  readonly #cache: NodesFence;
  readonly #cleanup: InvalidationCleanup;
  readonly #options: ChangeProtocolOptions;

  constructor(cache: NodesFence, cleanup: InvalidationCleanup, options: ChangeProtocolOptions) {
    this.#cache = cache;
    this.#cleanup = cleanup;
    this.#options = options;
  }

  /**
   * Returns after the commit. The `expected` keys are fenced early. If `work` fails, the transaction is rolled back. After a
   * failed COMMIT the outcome is unknown, so the fence stays.
   */
  async commit<T>(db: Kysely<Schema>, kind: Kind, expected: readonly CacheKey[], work: Work<T>): Promise<Committed<T>> {
    const changeId = newChangeId();
    const { result, ...invalidations } = await db.transaction().execute(async (transaction) => {
      await this.#reached('begun');
      const fence = new ChangeFence(this.#cache, changeId, expected);
      try {
        const applied = await work(transaction, changeId);
        await this.#reached('applied');
        await this.#fence(fence, applied, kind);
        await this.#reached('fenced');
        return applied;
      } catch (error) {
        fence.abandon();
        throw error;
      }
    });
    // A change without any keys takes the same steps.
    return { result, dropped: this.#finish(invalidations, kind) };
  }

  async #finish({ own, earlier, nodes }: ChangeInvalidations, kind: Kind): Promise<void> {
    const invalidations = [...own, ...earlier];
    await this.#reached('committed');
    await this.#drop(invalidations, nodes, kind);
    await this.#reached('dropped');
    // The change is visible. A grant does not wait for the deletion of the rows. Other changes do, because an ended install is
    // shown as `disconnecting` until then.
    if (kind === 'change') await this.#cleanup.delete(invalidations);
    else this.#cleanup.deleteLater(invalidations);
  }

  async #reached(step: ChangeStep): Promise<void> {
    await this.#options.onStep?.(step);
  }

  /**
   * A grant also drops the keys of earlier, committed changes here: if that fails, it is rolled back. After its own commit, it
   * could only withhold the credential.
   */
  async #fence(fence: ChangeFence, { own, earlier, nodes }: ChangeInvalidations, kind: Kind) {
    const keys = own.map(({ key }) => key);
    try {
      await fence.complete(keys, nodes);
      if (kind === 'grant') await dropInvalidations(this.#cache, earlier, nodes);
    } catch (error) {
      if (kind === 'change') return;
      throw unavailable('the token-state cache (Redis) cannot be reached', error);
    }
  }

  /** Returns when every key is dropped on all of `nodes`; throws PROPAGATION_PENDING if that does not happen in time. */
  async #drop(invalidations: readonly PendingInvalidation[], nodes: readonly string[], kind: Kind): Promise<void> {
    const timeoutMs = kind === 'grant' ? GRANT_DROP_TIMEOUT_MS : this.#options.propagationTimeoutMs;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      try {
        await dropInvalidations(this.#cache, invalidations, nodes);
        return;
      } catch (error) {
        if (performance.now() > deadline)
          throw kind === 'grant' ? credentialWithheld(error) : propagationPending(error);
        await new Promise((resolve) => setTimeout(resolve, DROP_RETRY_MS));
      }
    }
  }
}

/** The keys of the access tokens that the installs of these changes probably have now. They are fenced early. */
export const expectedKeys = (changes: readonly Pick<AuthorityChange<unknown>, 'expectedAccess'>[]): CacheKey[] =>
  changes.flatMap(({ expectedAccess }) => (expectedAccess === undefined ? [] : [tokenKey(expectedAccess)]));

/** Drops keys of several changes, each under its own change id. After an error any of them may have been dropped. */
export async function dropInvalidations(
  cache: Pick<NodesFence, 'drop'>,
  invalidations: readonly PendingInvalidation[],
  nodes: readonly string[],
): Promise<void> {
  const changes = Map.groupBy(invalidations, ({ changeId }) => changeId.toString('hex')).values();
  const drops = Array.from(changes, (rows) => {
    const { changeId } = rows[0] as PendingInvalidation;
    return cache.drop(
      changeId,
      rows.map(({ key }) => key),
      nodes,
    );
  });
  await Promise.all(drops);
}
