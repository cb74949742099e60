import { parseScopeParameter } from '#common/scopes/algebra.ts';
import type { EndReason } from '../../install/install.ts';
import type { InstallGrant } from '../../install/install-store.ts';
import { invalidGrant, listRefusedScopes, OAuthError } from '../../oauth-error.ts';

/** The parameters of RFC 6749 section 6; empty: left out. */
export interface RefreshParameters {
  readonly refreshToken: string;
  readonly scope: string;
}

const ENDED: Readonly<Record<EndReason, string>> = {
  refreshed: 'the refresh token was replaced by a refresh',
  replaced: 'the refresh token was replaced by a new authorization',
  disconnected: 'the refresh token was revoked: an admin has disconnected the app',
  revoked_by_app: 'the refresh token was revoked by the app',
  revoked_by_operator: 'the refresh token was revoked: an operator has ended the install',
  code_replayed: 'the refresh token was revoked: its authorization code was used twice',
  app_deleted: 'the refresh token was revoked: the app is deleted',
  organization_deleted: 'the refresh token was revoked: the organization is deleted',
  mode_withdrawn: 'the refresh token was revoked: the app no longer offers its actor mode',
  scopes_withdrawn: 'the refresh token was revoked: the app no longer declares any of its scopes',
};

/** Says the same of tokens that never were and of another client's. */
export const unknownRefreshToken = () => invalidGrant('the refresh token is unknown');
export const endedRefreshToken = (reason: EndReason) => invalidGrant(ENDED[reason]);

/** A suspension passes, so it does not say `invalid_grant`: clients would throw a good refresh token away. */
export function requireUsable({ inactive }: InstallGrant): void {
  if (inactive === 'revoked') throw invalidGrant('the refresh token was revoked: the install has ended');
  if (inactive === 'suspended') {
    throw new OAuthError('unauthorized_client', 'the app or an organization is suspended; try again once it is not');
  }
  if (inactive === 'user_not_member') throw invalidGrant('the user is no longer a member of the organization');
}

/** RFC 6749 section 6: never more than was granted. Less is answered with what was granted, and `scope` says so. */
export function checkRequestedScope(given: string, granted: readonly string[]): void {
  const ungranted = parseScopeParameter(given).filter((name) => !granted.includes(name));
  if (ungranted.length > 0) {
    throw new OAuthError('invalid_scope', `scope asks for more than was granted: ${listRefusedScopes(ungranted)}`);
  }
}
