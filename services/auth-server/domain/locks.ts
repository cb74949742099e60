/**
 * What a change locks, in this order everywhere: organizations, app, user, install. A change takes `update` at its own
 * level and `share` above it; exchange and refresh take `share` on all and the install for themselves. So no pair can be
 * issued beside a suspension, a narrowing or a role change without one of the two seeing the other. Locks are on keys, so
 * that they hold also where there is no row yet.
 */
export interface Locks {
  readonly organizations: { readonly ids: readonly number[]; readonly mode: LockMode };
  readonly app?: { readonly id: number; readonly mode: LockMode };
  /** Stands for the user's memberships, too: a role changes under `update` of the user. */
  readonly user?: { readonly id: number; readonly mode: LockMode };
  /** Always exclusive. */
  readonly install?: { readonly appId: number; readonly organizationId: number };
}

export type LockMode = 'share' | 'update';
