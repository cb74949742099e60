import type { Kysely } from 'kysely';
import type { Authority, AuthorityChange, GrantChange } from '../../domain/authority.ts';
import type { NodesFence } from '../../token-state/token-state-nodes.ts';
import { storesOver } from '../pg-database.ts';
import { takeLocks } from '../postgres/locks.ts';
import type { Schema } from '../schema.ts';
import { ChangeProtocol, type ChangeProtocolOptions, expectedKeys } from './change-protocol.ts';
import { GrantGroups } from './grant-groups.ts';
import { InvalidationCleanup } from './invalidation-cleanup.ts';
import { beginInvalidation } from './pending-invalidations.ts';

/** The connection pools of changes. */
export interface AuthorityConnections {
  /** For changes that issue a credential. */
  readonly grants: Kysely<Schema>;
  /** For all others, so that a revocation never waits behind the token endpoint. */
  readonly others: Kysely<Schema>;
}

/** Changes of token states over Postgres and the token-state cache. */
export class PgAuthority implements Authority {
  readonly #others: Kysely<Schema>;
  readonly #protocol: ChangeProtocol;
  readonly #grants: GrantGroups;

  constructor({ grants, others }: AuthorityConnections, cache: NodesFence, options: ChangeProtocolOptions) {
    this.#others = others;
    this.#protocol = new ChangeProtocol(cache, new InvalidationCleanup(others), options);
    this.#grants = new GrantGroups(grants, this.#protocol);
  }

  async change<T>(change: AuthorityChange<T>): Promise<T> {
    const { result, dropped } = await this.#protocol.commit(this.#others, 'change', async (transaction, changeId) => {
      const stores = storesOver(transaction);
      if (change.changesTokenState) await takeLocks(transaction, change.locks);
      const changesTokenState = (await change.changesTokenState?.(stores)) ?? true;
      const begun = await beginInvalidation(transaction, changeId, change, changesTokenState);
      return { result: await change.apply(stores), ...(await begun()) };
    });
    await dropped;
    return result;
  }

  get grantQueueLength(): number {
    return this.#grants.queueLength;
  }

  grant<T>(change: GrantChange<T>): Promise<T> {
    return this.#grants.run(change);
  }
}
