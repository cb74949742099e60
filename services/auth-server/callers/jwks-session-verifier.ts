import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { unauthenticated, unavailable } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { SessionVerifier } from '../domain/session/session.ts';

export interface SessionOptions {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Asymmetric ones only: with a public key there is nothing to sign an HS256 token with. */
const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'];
/** A session JWT is a few hundred bytes; larger ones are not parsed. */
const MAX_LENGTH = 4_096;
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 2_000;
const USER_ID = /^[1-9][0-9]{0,11}$/;

/** Session JWTs of the host platform, checked against its JWKS (RFC 8725: fixed algorithms, issuer, audience, expiry). */
export class JwksSessionVerifier implements SessionVerifier {
  readonly #options: SessionOptions;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #clock: Clock;

  constructor(options: SessionOptions, clock: Clock) {
    this.#options = options;
    this.#keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
    this.#clock = clock;
  }

  async verify(jwt: string): Promise<number> {
    if (jwt.length > MAX_LENGTH) throw unauthenticated('the session JWT is too long');
    const { issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(jwt, this.#keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#clock.now()),
      });
      if (typeof payload.sub !== 'string' || !USER_ID.test(payload.sub)) throw unauthenticated('sub is not a user id');
      return Number(payload.sub);
    } catch (error) {
      throw toAppError(error);
    }
  }
}

/** What is wrong with the JWT is the caller's; that the keys cannot be had is ours. */
function toAppError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return unauthenticated('the session has expired; sign in again');
  const isOurs =
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error instanceof TypeError;
  if (isOurs || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')) {
    return unavailable("the host platform's JWKS cannot be read", error);
  }
  if (error instanceof errors.JOSEError) return unauthenticated('the session JWT is not valid');
  return error;
}
