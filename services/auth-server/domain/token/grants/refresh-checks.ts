import { parseScopeParameter } from '#common/scopes/algebra.ts';
import type { EndReason } from '../../install/install.ts';
import type { InstallGrant } from '../../install/install-store.ts';
import { invalidGrant, listRefusedScopes, OAuthError } from '../../oauth-error.ts';

/** RFC 6749 section 6. `scope` is empty if it is missing. */
export interface RefreshParameters {
  readonly refreshToken: string;
  readonly scope: string;
}

const END_MESSAGES: Readonly<Record<EndReason, string>> = {
  refreshed: 'the refresh token was replaced by a refresh',
  replaced: 'the refresh token was replaced by a new authorization',
  disconnected: 'the refresh token was revoked: the app was disconnected',
  revoked_by_app: 'the refresh token was revoked by the app',
  revoked_by_operator: 'the refresh token was revoked: an operator ended the install',
  code_replayed: 'the refresh token was revoked: its authorization code was used twice',
  app_deleted: 'the refresh token was revoked: the app is deleted',
  organization_deleted: 'the refresh token was revoked: the organization is deleted',
  database_restored: 'the refresh token was revoked: the server was restored from a backup; authorize the app again',
  mode_withdrawn: 'the refresh token was revoked: the app no longer allows the actor mode of this install',
  scopes_withdrawn: 'the refresh token was revoked: the app no longer declares any of the granted scopes',
};

/** The same error for tokens that never existed and for those of other clients. */
export const unknownRefreshToken = () => invalidGrant('the refresh token is unknown');
export const endedRefreshToken = (reason: EndReason) => invalidGrant(END_MESSAGES[reason]);

/** A suspension is temporary: `invalid_grant` would make clients discard a valid refresh token. */
export function requireUsable({ inactive }: InstallGrant): void {
  if (inactive === 'revoked') throw invalidGrant('the refresh token was revoked: the install has ended');
  if (inactive === 'suspended') {
    throw new OAuthError('unauthorized_client', 'the app or an organization is suspended; retry after it is resumed');
  }
  if (inactive === 'user_not_member') throw invalidGrant('the user is no longer a member of the organization');
}

/** RFC 6749 section 6: scopes that were not granted are rejected. A request for fewer scopes also gets all granted ones. */
export function checkRequestedScope(requested: string, granted: readonly string[]): void {
  const ungranted = parseScopeParameter(requested).filter((name) => !granted.includes(name));
  if (ungranted.length > 0) {
    throw new OAuthError('invalid_scope', `scope exceeds what was granted: ${listRefusedScopes(ungranted)}`);
  }
}
