import { bearerCredential, sendsBearer } from '@featureos/introspection-client';
import { unauthenticated } from '../errors/app-error.ts';
import type { CallerAuthenticator, CallerIdentity } from './caller.ts';

/** The `WWW-Authenticate` value of a 401. RFC 6750 section 3.1: no error code if the request has no token. */
export function bearerChallenge(authorization: string | undefined): string {
  return sendsBearer(authorization ?? '') ? 'Bearer error="invalid_token"' : 'Bearer';
}

/** Authenticates the bearer credential of an `Authorization` value; throws UNAUTHENTICATED if it is malformed or unknown. */
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
