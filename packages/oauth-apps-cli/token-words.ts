/** The introspection response (RFC 7662 section 2.2) with the extensions of this server. */
export type TokenInfo =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly client_id: string;
      readonly scope: string;
      readonly sub: string;
      readonly iat: number;
      readonly exp: number;
      readonly actor: 'app' | 'self';
      readonly organization: { readonly id: number; readonly subdomain: string };
      readonly install_id: string;
    };

/** Describes a token for people. `nowMs`: ms since 1970. */
export function describeToken(info: TokenInfo, nowMs: number): string {
  if (!info.active) {
    return `This token is not active for this app.
It has expired, was revoked or replaced by a refresh, is a refresh token, is malformed, or belongs to another app.
Or the app or an organization is suspended, or its user is no longer a member of the organization.
Use the newest refresh token to get another one; if that fails too, see: oauth-apps logs errors`;
  }
  const who = info.actor === 'app' ? `the bot of the app (user ${info.sub})` : `user ${info.sub}`;
  const minutes = Math.max(0, Math.round((info.exp * 1_000 - nowMs) / 60_000));
  return [
    `This access token is active. It acts as ${who} in ${info.organization.subdomain}.`,
    `It allows now: ${info.scope || 'nothing'}.`,
    `Issued ${time(info.iat)}; expires ${time(info.exp)}, in ${minutes} minutes.`,
    `App ${info.client_id}, install ${info.install_id}.`,
  ].join('\n');
}

const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();
