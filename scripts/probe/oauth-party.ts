import * as oauth from 'oauth4webapi';

/** A client and how it authenticates. */
export interface OAuthParty {
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
}

/** HTTP Basic (RFC 6749 section 2.3.1), or a public client without a secret. */
export function oauthParty(clientId: string, secret: string | undefined): OAuthParty {
  const auth = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);
  return { client: { client_id: clientId }, auth };
}

/** Plain HTTP is allowed where the operator wrote `http:`. */
export const requestOptions = ({ protocol }: URL) => ({ [oauth.allowInsecureRequests]: protocol === 'http:' });
