import type { Kysely } from 'kysely';
import type { Authority, AuthorityChange, GrantChange } from '../../domain/authority.ts';
import { BatchQueue } from '../../domain/batch-queue.ts';
import type { NodesFence } from '../../token-state/token-state-nodes.ts';
import { storesOver } from '../pg-database.ts';
import { isRolledBack } from '../postgres/errors.ts';
import { takeLocks } from '../postgres/locks.ts';
import type { Schema } from '../schema.ts';
import { AppConcurrency } from './app-concurrency.ts';
import { ChangeProtocol, type ChangeProtocolOptions, type Committed, expectedKeys } from './change-protocol.ts';
import { InvalidationCleanup } from './invalidation-cleanup.ts';
import { beginGrants, beginInvalidation, busyIndexes } from './pending-invalidations.ts';

/**
 * One group at a time, because a group costs Postgres and this process little more than a single grant, and two groups at
 * once would be half as large. The next group begins while the keys of the previous one are dropped.
 */
const GROUPS = { maxRunning: 1, maxBatchSize: 32, maxQueued: 1_000, maxWaitMs: 5_000 };

/** The result of one grant of a group. `alone`: it must run in a separate transaction. */
type Outcome = Committed<unknown> | 'alone';

/** `apply` of a grant has failed. */
class GrantFailed extends Error {}

/** The connection pools of changes. */
export interface AuthorityConnections {
  /** For changes that issue a credential. */
  readonly grants: Kysely<Schema>;
  /** For all others, so that a revocation never waits for a connection that the token endpoint uses. */
  readonly others: Kysely<Schema>;
}

/**
 * Changes of token states over Postgres and the token-state cache.
 *
 * Grants that arrive together share one transaction, one fence and one drop, so that a grant costs a part of a commit. A group
 * does not wait for the locks of its grants: a grant whose locks are not free leaves the group and waits in a separate
 * transaction, at most four of an app at once. If a grant fails, each grant of its group runs alone.
 */
export class PgAuthority implements Authority {
  readonly #connections: AuthorityConnections;
  readonly #protocol: ChangeProtocol;
  readonly #appConcurrency = new AppConcurrency();
  readonly #groups: BatchQueue<GrantChange<unknown>, Outcome>;

  constructor(connections: AuthorityConnections, cache: NodesFence, options: ChangeProtocolOptions) {
    this.#connections = connections;
    this.#protocol = new ChangeProtocol(cache, new InvalidationCleanup(connections.others), options);
    this.#groups = new BatchQueue((changes) => this.#runGroup(changes, false), { ...GROUPS, keyOf: installOf });
  }

  async change<T>(change: AuthorityChange<T>): Promise<T> {
    const { result, dropped } = await this.#protocol.commit(
      this.#connections.others,
      'change',
      expectedKeys([change]),
      async (transaction, changeId) => {
        const stores = storesOver(transaction);
        if (change.changesTokenState) await takeLocks(transaction, change.locks);
        const changesTokenState = (await change.changesTokenState?.(stores)) ?? true;
        const begun = await beginInvalidation(transaction, changeId, change, changesTokenState);
        return { result: await change.apply(stores), ...(await begun()) };
      },
    );
    await dropped;
    return result;
  }

  async grant<T>(change: GrantChange<T>): Promise<T> {
    const outcome = await this.#groups.run(change);
    const { result, dropped } = (outcome === 'alone' ? await this.#runAlone(change) : outcome) as Committed<T>;
    await dropped;
    return result;
  }

  /** The number of queued grants. */
  get grantQueueLength(): number {
    return this.#groups.length;
  }

  async #runAlone(change: GrantChange<unknown>): Promise<Outcome> {
    const [outcome] = await this.#appConcurrency.run(change.locks.app.id, () => this.#runGroup([change], true));
    return outcome as Outcome;
  }

  /** Returns after the commit. */
  async #runGroup(changes: readonly GrantChange<unknown>[], waits: boolean): Promise<readonly Outcome[]> {
    try {
      return await this.#transact(changes, waits);
    } catch (error) {
      const busy = busyIndexes(error);
      if (busy !== undefined) return this.#runWithout(busy, changes);
      const rolledBack = error instanceof GrantFailed || isRolledBack(error);
      if (rolledBack && changes.length > 1) return changes.map(() => 'alone');
      throw error instanceof GrantFailed ? error.cause : error;
    }
  }

  /** Runs the grants whose locks are free as a smaller group. */
  async #runWithout(busy: ReadonlySet<number>, changes: readonly GrantChange<unknown>[]): Promise<readonly Outcome[]> {
    const free = changes.filter((_, index) => !busy.has(index));
    const outcomes = free.length === 0 ? [] : await this.#runGroup(free, false);
    const outcomesOfFree = outcomes.values();
    return changes.map((_, index) => (busy.has(index) ? 'alone' : (outcomesOfFree.next().value as Outcome)));
  }

  async #transact(changes: readonly GrantChange<unknown>[], waits: boolean): Promise<readonly Outcome[]> {
    const locks = changes.map((change) => change.locks);
    const { result: results, dropped } = await this.#protocol.commit(
      this.#connections.grants,
      'grant',
      expectedKeys(changes),
      async (transaction, changeId) => {
        const begun = await beginGrants(transaction, changeId, locks, waits);
        const stores = storesOver(transaction);
        const settled = await Promise.allSettled(changes.map(({ apply }) => apply(stores)));
        // Before resultOf(): a lock that is not free makes the grants fail too.
        const { own, earlier, nodes } = await begun();
        return { result: settled.map(resultOf), own, earlier, nodes };
      },
    );
    dropped.catch(() => {}); // each grant waits for it later
    return results.map((result) => ({ result, dropped }));
  }
}

function resultOf(settled: PromiseSettledResult<unknown>): unknown {
  if (settled.status === 'rejected') throw new GrantFailed('a grant has failed', { cause: settled.reason });
  return settled.value;
}

const installOf = ({ locks: { install } }: GrantChange<unknown>): string =>
  `${install.appId}:${install.organizationId}`;
