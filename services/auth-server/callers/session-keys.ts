import { type CryptoKey, createRemoteJWKSet, errors, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose';
import { unavailable } from '#common/errors/app-error.ts';
import type { Log } from '#common/process/log.ts';

const FETCH_TIMEOUT_MS = 2_000;
/** Older keys are fetched anew before they are used. */
const MAX_AGE_MS = 10 * 60_000;
/** Between two fetches, whatever the reason: unknown keys cost the host platform no more than that. */
const MIN_FETCH_INTERVAL_MS = 1_000;
/** The same while there are keys and fetches fail: one request in that time waits for the endpoint, the others do not. */
const RETRY_INTERVAL_MS = 10_000;
/** For so long keys are used that cannot be fetched anew. */
const MAX_STALE_MS = 60 * 60_000;

/** Verifies a JWT with a key, or with the one of several that fits. */
export type Verify = (key: CryptoKey | JWTVerifyGetKey) => Promise<JWTVerifyResult>;

/**
 * The host platform's keys. jose fetches and picks them; when they are fetched is decided here, so that a new key counts at
 * once, and an endpoint that is down for a while does not.
 */
export class SessionKeys {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #log: Log;
  readonly #now: () => number;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;

  /** `now`: monotonic, in ms; tests own it. */
  constructor(url: string, log: Log, now = () => performance.now()) {
    this.#keys = createRemoteJWKSet(new URL(url), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    this.#log = log;
    this.#now = now;
  }

  /** For how long the keys have not been fetched, seconds; 0 before the first time. */
  get ageSeconds(): number {
    return Number.isFinite(this.#fetchedAt) ? (this.#now() - this.#fetchedAt) / 1_000 : 0;
  }

  /** Rejects with jose's errors, or with UNAVAILABLE where there are no keys to decide by. */
  async verify(verify: Verify): Promise<JWTVerifyResult> {
    if (this.#now() - this.#fetchedAt >= MAX_AGE_MS) await this.#fetch();
    if (this.#now() - this.#fetchedAt >= MAX_STALE_MS) throw unreachable(this.#failure);
    let namesKey = false;
    const keys: JWTVerifyGetKey = (header, token) => {
      namesKey = header.kid !== undefined;
      return this.#keys(header, token);
    };
    try {
      return await tryKeys(keys, verify);
    } catch (error) {
      if (!mayBeNewKey(error, namesKey)) throw error;
      if (await this.#fetch()) return await tryKeys(keys, verify);
      if (this.#failure !== undefined) throw unreachable(this.#failure);
      throw error;
    }
  }

  /** Whether there are newer keys now. */
  async #fetch(): Promise<boolean> {
    const isFailing = this.#failure !== undefined && Number.isFinite(this.#fetchedAt);
    const intervalMs = isFailing ? RETRY_INTERVAL_MS : MIN_FETCH_INTERVAL_MS;
    if (this.#now() - this.#triedAt < intervalMs && !this.#keys.reloading) return false;
    this.#triedAt = this.#now();
    try {
      await this.#keys.reload();
      this.#fetchedAt = this.#now();
      this.#failure = undefined;
      return true;
    } catch (error) {
      if (this.#failure === undefined) this.#log.warn({ err: error }, "the host platform's JWKS cannot be fetched");
      this.#failure = error;
      return false;
    }
  }
}

const unreachable = (cause: unknown) => unavailable("the host platform's JWKS cannot be read", cause);

/** A JWT need not say which key it was signed with (RFC 7515 section 4.1.4): then it is any of those that fit. */
async function tryKeys(keys: JWTVerifyGetKey, verify: Verify): Promise<JWTVerifyResult> {
  try {
    return await verify(keys);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const result = await verify(key).catch(unlessOtherKey);
      if (result !== undefined) return result;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function unlessOtherKey(error: unknown): undefined {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
}

/** There is no key of that name, or the JWT names none and none of those that we know has signed it. */
const mayBeNewKey = (error: unknown, namesKey: boolean): boolean =>
  error instanceof errors.JWKSNoMatchingKey || (error instanceof errors.JWSSignatureVerificationFailed && !namesKey);
