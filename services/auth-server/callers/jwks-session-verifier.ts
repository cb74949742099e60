import { errors, jwtVerify } from 'jose';
import { unauthenticated } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import { asUserId, type UserId } from '../domain/ids.ts';
import type { SessionVerifier } from '../domain/session.ts';
import type { SessionKeys } from './session-keys.ts';

export interface SessionOptions {
  readonly issuer: string;
  readonly audience: string;
}

/** Only asymmetric algorithms, so that a public key cannot be used as an HS256 secret (RFC 8725 section 2.1). */
const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'];
/** A session JWT has a few hundred bytes. One longer than this is rejected before parsing. */
const MAX_LENGTH = 4_096;
/** By how much the clocks of the platform and of this server may differ, for `exp` and `nbf`. `iat` does not limit validity. */
const CLOCK_TOLERANCE_SECONDS = 5;
const USER_ID = /^[1-9][0-9]{0,11}$/;

/** Verifies session JWTs of the host platform with its JWKS: algorithm, issuer, audience and expiry (RFC 8725). */
export class JwksSessionVerifier implements SessionVerifier {
  readonly #options: SessionOptions;
  readonly #keys: SessionKeys;
  readonly #clock: Clock;

  constructor(options: SessionOptions, keys: SessionKeys, clock: Clock) {
    this.#options = options;
    this.#keys = keys;
    this.#clock = clock;
  }

  async verify(jwt: string): Promise<UserId> {
    if (jwt.length > MAX_LENGTH) throw unauthenticated('the session JWT is too long');
    const { issuer, audience } = this.#options;
    try {
      const checks = {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#clock.now()),
      };
      // The overloads of jwtVerify accept a key or a key set, but not the union of both.
      const { payload } = await this.#keys.verify((keys) => jwtVerify(jwt, keys as CryptoKey, checks));
      if (typeof payload.sub !== 'string' || !USER_ID.test(payload.sub))
        throw unauthenticated('the sub of the session JWT is not a user id');
      return asUserId(Number(payload.sub));
    } catch (error) {
      throw toAppError(error);
    }
  }
}

/** UNAUTHENTICATED for an invalid JWT. SessionKeys itself throws UNAVAILABLE if the keys cannot be fetched. */
function toAppError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return unauthenticated('the session has expired; sign in again');
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed')
    return unauthenticated('the session JWT is not valid yet; the clocks of its issuer and of auth-server may differ');
  if (error instanceof errors.JOSEError) return unauthenticated('the session JWT is not valid');
  return error;
}
