import type { CredentialHash } from '#common/credentials/hash.ts';
import type { AppId, OrganizationId, UserId } from './ids.ts';
import type { Locks } from './locks.ts';
import type { Stores } from './stores.ts';

/** Which tokens a change may affect. Naming too many costs cache misses; naming too few breaks the guarantee. */
export type Affected =
  | { readonly install: { readonly appId: AppId; readonly organizationId: OrganizationId } }
  | { readonly app: AppId }
  /** Tokens of installs in it, and of apps that it owns. */
  | { readonly organization: OrganizationId }
  /** Tokens that act as this user, in every organization. */
  | { readonly user: UserId };

/** An optional hint for a change of an install's tokens. */
export interface ExpectedToken {
  /** The hash of the access token that the install probably has now. It is fenced early. */
  readonly expectedAccess?: CredentialHash | undefined;
}

/** A change of what Introspect returns. */
export interface AuthorityChange<T> extends ExpectedToken {
  readonly locks: Locks;
  readonly affects: Affected;
  /**
   * Whether any token state changes; called under the locks. If not, `apply` still runs, but nothing stays fenced and only
   * pending invalidations of earlier changes are dropped, which makes repeats cheap. Default: true.
   */
  readonly changesTokenState?: (stores: Stores) => Promise<boolean>;
  /** Makes the change, under the locks. An error rolls it back. */
  readonly apply: (stores: Stores) => Promise<T>;
}

/** A change that issues a credential at an install. It affects only the tokens of that install. */
export interface GrantChange<T> extends ExpectedToken {
  readonly locks: Locks & Required<Pick<Locks, 'app' | 'install'>>;
  /**
   * Makes the change, under the locks. An error rolls it back. It may run again after a rollback, and may share its
   * transaction with changes of other installs.
   */
  readonly apply: (stores: Stores) => Promise<T>;
}

/**
 * The only way to change what Introspect returns: lock, change, fence, commit, drop, then report success
 * (docs/caching.md). While servers run, only AppUpdates and retention also change values that token states are read from, and
 * these changes never affect an active token.
 *
 * Errors: what `apply` throws (rolled back); DEPENDENCY_UNAVAILABLE (rolled back, or unknown if the connection was lost at
 * COMMIT; retry); PROPAGATION_PENDING (committed, and completes without a retry).
 */
export interface Authority {
  /** A change that issues no credential. It is committed even if the cache cannot be fenced. */
  change<T>(change: AuthorityChange<T>): Promise<T>;
  /**
   * A change that issues a credential. If the old credential cannot be fenced, or the keys of earlier changes cannot be
   * dropped, the change is rolled back (DEPENDENCY_UNAVAILABLE). PROPAGATION_PENDING withholds the new credential. The pair of
   * a code is then lost; the pair of a refresh is returned if the refresh is repeated within a short time.
   */
  grant<T>(change: GrantChange<T>): Promise<T>;
}
