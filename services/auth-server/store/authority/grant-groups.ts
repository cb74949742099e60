import type { Kysely } from 'kysely';
import type { GrantChange } from '../../domain/authority.ts';
import { BatchQueue } from '../../domain/batch-queue.ts';
import { storesOver } from '../pg-database.ts';
import { isRolledBack } from '../postgres/errors.ts';
import type { Schema } from '../schema.ts';
import { AppConcurrency } from './app-concurrency.ts';
import type { ChangeProtocol } from './change-protocol.ts';
import { beginGrants } from './pending-invalidations.ts';

/** Two groups: one works in Postgres while the other waits for Redis or for the disk. */
const GROUPS = { maxRunning: 2, maxSize: 16, maxQueued: 1_000, maxWaitMs: 5_000 };

/** What a group made of one of its grants; `alone`: nothing, and it has to run in a transaction of its own. */
type Outcome = { readonly result: unknown } | 'alone';

/** `apply` of a grant has failed. */
class GrantFailed extends Error {}

/**
 * Grants that arrive together share one transaction, one fence and one drop, so that a grant costs a part of a commit. A group
 * waits for no lock: a grant whose locks are not free leaves it and waits in a transaction of its own, at most four of an app
 * at once. If a grant fails, each of its group runs alone.
 */
export class GrantGroups {
  readonly #db: Kysely<Schema>;
  readonly #protocol: ChangeProtocol;
  readonly #appConcurrency = new AppConcurrency();
  readonly #groups: BatchQueue<GrantChange<unknown>, Outcome>;

  constructor(db: Kysely<Schema>, protocol: ChangeProtocol) {
    this.#db = db;
    this.#protocol = protocol;
    this.#groups = new BatchQueue((changes) => this.#runGroup(changes, false), { ...GROUPS, keyOf: installOf });
  }

  /** Grants that wait for a group. */
  get queueLength(): number {
    return this.#groups.length;
  }

  async run<T>(change: GrantChange<T>): Promise<T> {
    const outcome = await this.#groups.run(change);
    if (outcome !== 'alone') return outcome.result as T;
    const [alone] = await this.#appConcurrency.run(change.locks.app.id, () => this.#runGroup([change], true));
    return (alone as { result: T }).result;
  }

  async #runGroup(changes: readonly GrantChange<unknown>[], waits: boolean): Promise<readonly Outcome[]> {
    try {
      return await this.#transact(changes, waits);
    } catch (error) {
      const rolledBack = error instanceof GrantFailed || isRolledBack(error);
      if (rolledBack && changes.length > 1) return changes.map(() => 'alone');
      throw error instanceof GrantFailed ? error.cause : error;
    }
  }

  #transact(changes: readonly GrantChange<unknown>[], waits: boolean): Promise<readonly Outcome[]> {
    const locks = changes.map((change) => change.locks);
    return this.#protocol.run(this.#db, 'grant', async (transaction, changeId) => {
      const begun = await beginGrants(transaction, changeId, locks, waits);
      const { busy } = waits ? { busy: new Set() } : await begun();
      const stores = storesOver(transaction);
      const applied = await Promise.allSettled(
        changes.map(async ({ apply }, place): Promise<Outcome> => {
          return busy.has(place) ? 'alone' : { result: await apply(stores) };
        }),
      );
      const result = applied.map(outcomeOf);
      const { own, earlier } = await begun();
      return { result, own, earlier };
    });
  }
}

function outcomeOf(applied: PromiseSettledResult<Outcome>): Outcome {
  if (applied.status === 'rejected') throw new GrantFailed('a grant has failed', { cause: applied.reason });
  return applied.value;
}

const installOf = ({ locks: { install } }: GrantChange<unknown>): string =>
  `${install.appId}:${install.organizationId}`;
