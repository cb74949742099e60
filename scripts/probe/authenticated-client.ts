import * as oauth from 'oauth4webapi';

/** A client and how it authenticates. */
export interface AuthenticatedClient {
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
}

/** HTTP Basic (RFC 6749 section 2.3.1); without a secret, a public client. */
export function authenticatedClient(clientId: string, secret: string | undefined): AuthenticatedClient {
  const auth = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);
  return { client: { client_id: clientId }, auth };
}

/** Allows plain HTTP for an `http:` URL, which oauth4webapi rejects by default. */
export const requestOptions = ({ protocol }: URL) => ({ [oauth.allowInsecureRequests]: protocol === 'http:' });
