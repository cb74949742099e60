import type { PresentedCredential } from '../../app/client-authenticator.ts';
import type { FoundClient } from '../../app/client-store.ts';
import type { Initiator } from '../../initiator.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { IssuedPair } from '../token-pair.ts';

export interface GrantParameters {
  /** Returns '' for a missing parameter: RFC 6749 section 3.2 treats empty and missing parameters alike. */
  get(name: string): string;
  /** The values of `resource`, which may be repeated (RFC 8707 section 2). */
  readonly resources: readonly string[];
}

/** A request of an authenticated client. */
export interface AuthenticatedRequest {
  /** The client, and the code or pair of the credential that it presents. */
  readonly found: FoundClient;
  readonly parameters: GrantParameters;
  readonly initiator: Initiator;
}

/** A request to the token endpoint. */
export interface GrantRequest extends AuthenticatedRequest {
  /** Whether another request with the same credential succeeded in this process while this one waited. */
  readonly concurrentSuccess: boolean;
}

/**
 * A grant type (RFC 6749 section 1.3). The token endpoint authenticates the client, serves requests with the same
 * credential one at a time and counts failures. When a pair is issued, PairIssuer takes the locks and records the audit
 * event.
 */
export interface TokenGrant {
  readonly type: string;
  /** The code or token that the request presents. It is looked up together with the client. */
  credentialOf(parameters: GrantParameters): PresentedCredential;
  /** Issues a token pair. Throws OAuthError (RFC 6749 section 5.2); AppError for a limit, an outage or a withheld pair. */
  issue(request: GrantRequest): Promise<IssuedPair>;
}

/** Throws `invalid_request` if the parameter is missing. */
export function requireParameter(parameters: GrantParameters, name: string): string {
  const value = parameters.get(name);
  if (value === '') throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}
