import type { PresentedCredential } from '../../app/client-authenticator.ts';
import type { FoundClient } from '../../app/client-store.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Origin } from '../../origin.ts';
import type { IssuedPair } from '../token-pair.ts';

/** The parameters of a token request. */
export interface GrantParameters {
  /** Empty if it was left out: both mean the same (RFC 6749 section 3.1). */
  get(name: string): string;
  /** The values of `resource`, which may come several times (RFC 8707 section 2). */
  readonly resources: readonly string[];
}

/** A token request whose client is authenticated. */
export interface GrantRequest {
  /** The client, and what was found under the credential that it presents. */
  readonly found: FoundClient;
  readonly parameters: GrantParameters;
  readonly origin: Origin;
  /** Whether another request with the same credential succeeded in this process while this one waited. */
  readonly concurrentSuccess: boolean;
}

/**
 * A grant type (RFC 6749 section 1.3). The token endpoint authenticates the client, orders requests with the same
 * credential and counts failures; PairIssuer takes the locks and records the audit event. No grant does so itself.
 */
export interface TokenGrant {
  /** The value of `grant_type`. */
  readonly type: string;
  /** The credential of the request: it is looked up together with the client. */
  presented(parameters: GrantParameters): PresentedCredential;
  /** Issues a token pair, or throws OAuthError (RFC 6749 section 5.2). */
  issue(request: GrantRequest): Promise<IssuedPair>;
}

/** Throws `invalid_request` if the parameter was left out. */
export function requireParameter(parameters: GrantParameters, name: string): string {
  const value = parameters.get(name);
  if (value === '') throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}
