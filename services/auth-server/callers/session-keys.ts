import { type CryptoKey, createRemoteJWKSet, errors, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose';
import { unavailable } from '#common/errors/app-error.ts';
import type { Log } from '#common/process/log.ts';

const FETCH_TIMEOUT_MS = 2_000;
/** Older keys are fetched again before use. */
const MAX_AGE_MS = 10 * 60_000;
/** Minimum time between fetches, so that JWTs with unknown keys cannot cause a flood of fetches. */
const MIN_FETCH_INTERVAL_MS = 1_000;
/**
 * Minimum time between a failed fetch and the next one, if there are keys of an earlier fetch. Meanwhile, requests use these
 * keys without waiting.
 */
const RETRY_INTERVAL_MS = 10_000;
/** Maximum age of keys that cannot be fetched again. */
const MAX_STALE_MS = 60 * 60_000;

export type Verify = (key: CryptoKey | JWTVerifyGetKey) => Promise<JWTVerifyResult>;

/**
 * The host platform's JWKS. jose fetches and selects keys; this class decides when to fetch, so that a new key is accepted
 * at once, and known keys stay valid in a short outage of the endpoint.
 */
export class SessionKeys {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #log: Log;
  readonly #now: () => number;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;

  /** `now`: a monotonic clock in ms, replaced in tests. */
  constructor(url: string, log: Log, now = () => performance.now()) {
    this.#keys = createRemoteJWKSet(new URL(url), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    this.#log = log;
    this.#now = now;
  }

  /** Seconds since the last successful fetch; 0 before the first one. */
  get ageSeconds(): number {
    return Number.isFinite(this.#fetchedAt) ? (this.#now() - this.#fetchedAt) / 1_000 : 0;
  }

  /** Whether the last fetch failed. */
  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** Rejects with errors of jose, or with UNAVAILABLE if it needs keys that cannot be fetched. */
  async verify(verify: Verify): Promise<JWTVerifyResult> {
    if (this.#now() - this.#fetchedAt >= MAX_AGE_MS) await this.#fetch();
    if (this.#now() - this.#fetchedAt >= MAX_STALE_MS) throw keysUnavailable(this.#failure);
    let hasKid = false;
    const keys: JWTVerifyGetKey = (header, token) => {
      hasKid = header.kid !== undefined;
      return this.#keys(header, token);
    };
    try {
      return await tryKeys(keys, verify);
    } catch (error) {
      if (!mayBeNewKey(error, hasKid)) throw error;
      if (await this.#fetch()) return await tryKeys(keys, verify);
      if (this.#failure !== undefined) throw keysUnavailable(this.#failure);
      throw error;
    }
  }

  /** Fetches the keys, or joins a fetch in flight. False if it fails, or the last attempt is too recent. */
  async #fetch(): Promise<boolean> {
    const hasKeys = Number.isFinite(this.#fetchedAt);
    const intervalMs = this.#failure !== undefined && hasKeys ? RETRY_INTERVAL_MS : MIN_FETCH_INTERVAL_MS;
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

const keysUnavailable = (cause: unknown) => unavailable("the host platform's JWKS cannot be fetched", cause);

/** Tries every matching key: `kid` is optional (RFC 7515 section 4.1.4). */
async function tryKeys(keys: JWTVerifyGetKey, verify: Verify): Promise<JWTVerifyResult> {
  try {
    return await verify(keys);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const result = await verify(key).catch(ignoreWrongSignature);
      if (result !== undefined) return result;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function ignoreWrongSignature(error: unknown): undefined {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
}

/** The `kid` is unknown, or there is none and no known key has signed the JWT. */
const mayBeNewKey = (error: unknown, hasKid: boolean): boolean =>
  error instanceof errors.JWKSNoMatchingKey || (error instanceof errors.JWSSignatureVerificationFailed && !hasKid);
