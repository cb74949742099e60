import { parseScopeParameter } from '#common/scopes/algebra.ts';
import type { Install } from '../install/install.ts';
import { invalidGrant, OAuthError } from '../oauth-error.ts';
import type { Stores } from '../stores.ts';
import type { TokenPair } from './token-store.ts';

/** The parameters of RFC 6749 section 6; empty: left out. */
export interface RefreshParameters {
  readonly refreshToken: string;
  readonly scope: string;
}

/** Says the same of tokens that never were, of another client's and of dead ones. */
export const refreshTokenGone = () => invalidGrant('the refresh token is unknown, replaced or revoked');

/** A suspension passes, so it does not say `invalid_grant`: clients would throw a good refresh token away. */
export async function requireUsable(stores: Stores, pair: TokenPair): Promise<Install> {
  const install = await stores.installs.find(pair.installId);
  if (install?.status !== 'active') throw refreshTokenGone();
  const app = await stores.apps.findById(pair.appId);
  if (app === undefined) throw refreshTokenGone();
  const organization = await stores.directory.findOrganization(pair.organizationId);
  if (app.status !== 'active' || app.ownerSuspended || organization?.status !== 'active') {
    throw new OAuthError('unauthorized_client', 'the app or an organization is suspended; try again once it is not');
  }
  if (install.actorMode === 'self') {
    const role = await stores.directory.roleOf(pair.organizationId, install.installedBy);
    if (role === undefined) throw invalidGrant('the user is no longer a member of the organization');
  }
  return install;
}

/** RFC 6749 section 6: never more than was granted. Less is answered with what was granted, and `scope` says so. */
export function checkRequestedScope(given: string, granted: readonly string[]): void {
  if (parseScopeParameter(given).some((name) => !granted.includes(name))) {
    throw new OAuthError('invalid_scope', 'scope asks for more than was granted');
  }
}
