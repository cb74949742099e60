import { parseScopeParameter } from '#common/scopes/algebra.ts';
import type { InstallGrant } from '../install/install-store.ts';
import { invalidGrant, OAuthError } from '../oauth-error.ts';

/** The parameters of RFC 6749 section 6; empty: left out. */
export interface RefreshParameters {
  readonly refreshToken: string;
  readonly scope: string;
}

/** Says the same of tokens that never were, of another client's and of dead ones. */
export const refreshTokenGone = () => invalidGrant('the refresh token is unknown, replaced or revoked');

/** A suspension passes, so it does not say `invalid_grant`: clients would throw a good refresh token away. */
export function requireUsable({ standing }: InstallGrant): void {
  if (standing === 'ended') throw refreshTokenGone();
  if (standing === 'suspended') {
    throw new OAuthError('unauthorized_client', 'the app or an organization is suspended; try again once it is not');
  }
  if (standing === 'not_member') throw invalidGrant('the user is no longer a member of the organization');
}

/** RFC 6749 section 6: never more than was granted. Less is answered with what was granted, and `scope` says so. */
export function checkRequestedScope(given: string, granted: readonly string[]): void {
  if (parseScopeParameter(given).some((name) => !granted.includes(name))) {
    throw new OAuthError('invalid_scope', 'scope asks for more than was granted');
  }
}
