import type { Locks } from './locks.ts';
import type { Stores } from './stores.ts';

/** Which tokens a change may affect. Naming too many costs cache misses; naming too few breaks the guarantee. */
export type Affected =
  | { readonly install: { readonly appId: number; readonly organizationId: number } }
  | { readonly app: number }
  /** Tokens of installs in it, and of apps that it owns. */
  | { readonly organization: number }
  /** Tokens that act as this user, in one organization or everywhere. */
  | { readonly user: number; readonly organization?: number };

/** A change of what Introspect returns. */
export interface AuthorityChange<T> {
  readonly locks: Locks;
  readonly affects: Affected;
  /**
   * `commit`: for changes that issue no credential. They are committed, and may be reported as PROPAGATION_PENDING.
   * `roll-back`: for changes that issue a credential, which can be returned only once (after a refresh, for a short time).
   * They fail unless the old credential can be fenced.
   */
  readonly ifCacheUnreachable: 'commit' | 'roll-back';
  /**
   * Whether any token state changes; called under the locks. If not, nothing is fenced and only pending invalidations of
   * earlier changes are dropped, which makes repeats cheap. Default: true.
   */
  readonly changesTokenState?: (stores: Stores) => Promise<boolean>;
  /** Makes the change, under the locks. An error rolls it back. */
  readonly apply: (stores: Stores) => Promise<T>;
}

/**
 * The only way to change what Introspect returns: lock, change, fence, commit, drop, then report success
 * (docs/caching.md). Nothing else writes the columns that token states are read from.
 *
 * Errors: what `apply` throws (rolled back); UNAVAILABLE (rolled back, or unknown if the connection was lost at COMMIT;
 * retry); PROPAGATION_PENDING (committed, and completes without a retry; a `roll-back` change withholds its new
 * credential, which only a repeated refresh can return).
 */
export interface Authority {
  change<T>(change: AuthorityChange<T>): Promise<T>;
}
