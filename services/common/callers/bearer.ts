import { unauthenticated } from '../errors/app-error.ts';
import type { CallerAuthenticator, CallerIdentity } from './caller.ts';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

const SENDS_BEARER = /^Bearer +[^ ]/i;

/** The credential of an `Authorization: Bearer` value (RFC 6750 section 2.1); undefined for any other value. */
export function bearerCredential(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** Whether the value has the Bearer scheme and a credential, even a malformed one. */
export function sendsBearer(authorization: string): boolean {
  return SENDS_BEARER.test(authorization);
}

/**
 * The `WWW-Authenticate` value of a 401. RFC 6750 section 3.1: no error code if the request has no token.
 */
export function bearerChallenge(authorization: string | undefined): string {
  return sendsBearer(authorization ?? '') ? 'Bearer error="invalid_token"' : 'Bearer';
}

/** Authenticates the bearer credential of an `Authorization` value; throws UNAUTHENTICATED for any other value. */
export async function callerByBearer(
  authorization: string,
  authenticator: CallerAuthenticator,
): Promise<CallerIdentity> {
  const credential = bearerCredential(authorization);
  if (credential === undefined) throw unauthenticated('`authorization` must be `Bearer <credential>`');
  const caller = await authenticator.authenticate(credential);
  if (caller === undefined) throw unauthenticated('the credential in `authorization` is unknown');
  return caller;
}
