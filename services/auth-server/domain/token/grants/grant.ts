import type { PresentedCredential } from '../../app/client-authenticator.ts';
import type { FoundClient } from '../../app/client-store.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Origin } from '../../origin.ts';
import type { IssuedPair } from '../token-pair.ts';

/** The parameters of a token request. */
export interface GrantParameters {
  /** The value; empty if it was left out (RFC 6749 section 3.1: both mean the same). */
  get(name: string): string;
}

/** The turn of a request among those that present the same credential; a process serves them one after another. */
export interface GrantTurn {
  /** Whether another request with the same credential has succeeded after this one was received. */
  readonly concurrentSuccess: boolean;
}

/** A token request whose client is authenticated. */
export interface GrantRequest {
  /** The client, and what was found under the credential that it presents. */
  readonly found: FoundClient;
  readonly parameters: GrantParameters;
  readonly origin: Origin;
  readonly turn: GrantTurn;
}

/**
 * A way to get tokens (RFC 6749 section 1.3). Clients are authenticated, requests with the same credential put in order and
 * failures counted before `issue` is called, and PairIssuer takes the locks and records the audit event, so that no grant
 * can forget it.
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
