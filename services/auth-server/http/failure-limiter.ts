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
const RECONNECT_MAX_MS = 500;
/** Without a byte from the server while it owes a reply. */
const SOCKET_TIMEOUT_MS = 5_000;

/** The kinds of credentials that are guessed, and the error code of a wrong one. */
const ANSWER_TO_WRONG = { secret: 'invalid_client', grant: 'invalid_grant' } as const satisfies Record<
  string,
  OAuthErrorCode
>;
export type FailureKind = keyof typeof ANSWER_TO_WRONG;

/**
 * Bounds failed calls of one client from one address. Only what has failed is refused: a client id is public, so whoever
 * sends wrong secrets with it must not be able to lock its owner out. Counted in Redis for all servers together, in one
 * write each; while Redis takes none, each server counts for itself.
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
      // The server has been demoted: connect again, to its successor.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
      socketTimeout: SOCKET_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(RECONNECT_MAX_MS, 20 * 2 ** Math.min(attempt, 5)),
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

  /** Runs `call`. Throws RATE_LIMITED instead of its error if the credential was wrong and too many were lately. */
  async guard<T>(kind: FailureKind, clientId: string, ipAddress: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const isWrong = error instanceof OAuthError && error.code === ANSWER_TO_WRONG[kind];
      if (isWrong) await this.#countFailure(kind, clientId, ipAddress);
      throw error;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #countFailure(kind: FailureKind, clientId: string, ipAddress: string): Promise<void> {
    // What came in as a client id may be anything, even a secret in the wrong place: only its hash is kept.
    const client = hashCredential(clientId).toString('base64url');
    const failures = await this.#limiter.penalty(`${kind}|${client}|${ipAddress}`);
    if (failures.consumedPoints <= this.#failuresPerMinute) return;
    throw new AppError(ErrorReason.RATE_LIMITED, 'too many failed calls; wait before you try again', {
      retryAfterSeconds: Math.ceil(failures.msBeforeNext / 1_000),
    });
  }
}
