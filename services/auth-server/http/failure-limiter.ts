import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { hashCredential } from '#common/credentials/hash.ts';
import { AppError } from '#common/errors/app-error.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { OAuthError, type OAuthErrorCode } from '../domain/oauth-error.ts';

export interface FailureLimiterOptions {
  readonly redisUrl: string;
  readonly keyPrefix: string;
  readonly redisTimeoutMs: number;
  readonly failuresPerMinute: number;
}

const WINDOW_SECONDS = 60;

/** The answers to a wrong secret, and to a wrong code or refresh token. */
const GUESSES: ReadonlySet<OAuthErrorCode> = new Set<OAuthErrorCode>(['invalid_client', 'invalid_grant']);

/**
 * Bounds failed calls of one client from one address: guessing secrets and codes. Only failures count, so that a busy app
 * is never slowed down. Counted in Redis for all servers together; while Redis cannot be reached each server counts for
 * itself, so that its failure neither opens nor closes everything.
 */
export class FailureLimiter {
  readonly #redis: Redis;
  readonly #limiter: RateLimiterRedis;
  readonly #failuresPerMinute: number;

  constructor({ redisUrl, keyPrefix, redisTimeoutMs, failuresPerMinute }: FailureLimiterOptions) {
    this.#failuresPerMinute = failuresPerMinute;
    this.#redis = new Redis(redisUrl, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: redisTimeoutMs,
      connectTimeout: redisTimeoutMs,
    });
    this.#redis.on('error', () => {}); // each command reports its own failure; the connection retries by itself
    const window = { points: failuresPerMinute, duration: WINDOW_SECONDS };
    this.#limiter = new RateLimiterRedis({
      ...window,
      storeClient: this.#redis,
      keyPrefix: `${keyPrefix}failures`,
      insuranceLimiter: new RateLimiterMemory(window),
    });
  }

  /**
   * Runs `call`, unless this client has failed too often from this address lately (RATE_LIMITED). A refusal that a guess
   * would get counts as a failure.
   */
  async guard<T>(clientId: string, ipAddress: string, call: () => Promise<T>): Promise<T> {
    // What came in as a client id may be anything, even a secret in the wrong place: only its hash is kept.
    const key = `${hashCredential(clientId).toString('base64url')}|${ipAddress}`;
    const failures = await this.#limiter.get(key);
    if (failures !== null && failures.consumedPoints >= this.#failuresPerMinute) {
      const retryAfterSeconds = Math.ceil(failures.msBeforeNext / 1_000);
      throw new AppError(ErrorReason.RATE_LIMITED, 'too many failed calls; wait before you try again', {
        retryAfterSeconds,
      });
    }
    try {
      return await call();
    } catch (error) {
      if (error instanceof OAuthError && GUESSES.has(error.code)) await this.#limiter.penalty(key);
      throw error;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}
