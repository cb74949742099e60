import type { Locks } from './locks.ts';
import type { Stores } from './stores.ts';

/** What the tokens hang under whose answers a change may alter. Too much only costs cache misses; too little breaks the guarantee. */
export type Affected =
  | { readonly install: { readonly appId: number; readonly organizationId: number } }
  | { readonly app: number }
  /** Those that act in it, and those of apps that it owns. */
  | { readonly organization: number }
  /** Those that act as this user, in one organization or everywhere. */
  | { readonly user: number; readonly organization?: number };

/** One change of what Introspect answers. */
export interface AuthorityChange<T> {
  readonly locks: Locks;
  readonly affects: Affected;
  /**
   * `commit`: it takes authority away (or gives it to nobody new), so it is never lost; it may be reported as
   * PROPAGATION_PENDING. `roll-back`: it would hand out a credential that cannot be handed out twice (a refresh's only for
   * a while), so it does not happen at all unless the old one can be fenced.
   */
  readonly ifCacheUnreachable: 'commit' | 'roll-back';
  /**
   * Whether any answer changes at all; asked under the locks. If not, nothing is fenced and only what earlier changes of
   * the same installs still owe is dropped, so a repeat costs no more than that. Left out: it does.
   */
  readonly changesTokenState?: (stores: Stores) => Promise<boolean>;
  /** The change itself, under the locks. A throw rolls everything back. */
  readonly apply: (stores: Stores) => Promise<T>;
}

/**
 * The one way to change what Introspect answers: lock, change, fence, commit, drop, and only then success
 * (docs/caching.md). Nothing else writes the columns concerned.
 *
 * Errors: what `apply` throws (nothing has changed); UNAVAILABLE (nothing has changed, or for a lost connection at
 * COMMIT it is unknown; repeat); PROPAGATION_PENDING (committed, completes by itself; of a change that rolls back without
 * the cache the result, a new credential, is withheld; only a refresh can be repeated).
 */
export interface Authority {
  change<T>(change: AuthorityChange<T>): Promise<T>;
}
