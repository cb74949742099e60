import type { AppId, OrganizationId, UserId } from './ids.ts';

/**
 * What a change locks, always in this order: organizations, app, user, install. A change takes `update` on what it changes
 * and `share` on what it depends on; exchange and refresh take `share` on all but the install. Issuing a pair therefore never
 * runs concurrently with a suspension, a narrowing or a role change. Locks are on keys, so that they also cover rows that do
 * not exist yet.
 */
export interface Locks {
  readonly organizations: { readonly ids: readonly OrganizationId[]; readonly mode: LockMode };
  readonly app?: { readonly id: AppId; readonly mode: LockMode };
  /** Also covers the user's memberships: roles change under `update` of the user. */
  readonly user?: { readonly id: UserId; readonly mode: LockMode };
  /** Always exclusive. */
  readonly install?: { readonly appId: AppId; readonly organizationId: OrganizationId };
}

type LockMode = 'share' | 'update';
