import * as oauth from 'oauth4webapi';

/** A client and how it authenticates. */
export interface AuthenticatedClient {
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
}

/** HTTP Basic (RFC 6749 section 2.3.1), or a public client without a secret. */
export function authenticatedClient(clientId: string, secret: string | undefined): AuthenticatedClient {
  const auth = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);
  return { client: { client_id: clientId }, auth };
}

/** Allows plain HTTP if the operator has configured an `http:` URL. */
export const requestOptions = ({ protocol }: URL) => ({ [oauth.allowInsecureRequests]: protocol === 'http:' });
