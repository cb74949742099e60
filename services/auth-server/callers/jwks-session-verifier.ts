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

/** Asymmetric ones only: with a public key there is nothing to sign an HS256 token with. */
const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'];
/** A session JWT is a few hundred bytes; larger ones are not parsed. */
const MAX_LENGTH = 4_096;
const CLOCK_TOLERANCE_SECONDS = 5;
const USER_ID = /^[1-9][0-9]{0,11}$/;

/** Session JWTs of the host platform, checked against its JWKS (RFC 8725: fixed algorithms, issuer, audience, expiry). */
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
      // By its overloads jwtVerify takes a key or a set of keys, not either.
      const { payload } = await this.#keys.verify((keys) => jwtVerify(jwt, keys as CryptoKey, checks));
      if (typeof payload.sub !== 'string' || !USER_ID.test(payload.sub)) throw unauthenticated('sub is not a user id');
      return asUserId(Number(payload.sub));
    } catch (error) {
      throw toAppError(error);
    }
  }
}

/** What is wrong with the JWT is the caller's; that the keys cannot be had is said so by SessionKeys. */
function toAppError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return unauthenticated('the session has expired; sign in again');
  if (error instanceof errors.JOSEError) return unauthenticated('the session JWT is not valid');
  return error;
}
