import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { hashCredential } from '#common/credentials/hash.ts';
import { AppError } from '#common/errors/app-error.ts';
import { type CacheNode, parseCacheNodes } from '#common/redis/cache-nodes.ts';
import { RedisServers } from '#common/redis/redis-servers.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { OAuthError, type OAuthErrorCode } from '../domain/oauth-error.ts';
import { newRedisClient } from '../token-state/redis-client.ts';

export interface FailureLimiterOptions {
  /** See parseCacheNodes(); the first node is used. */
  readonly redisUrl: string;
  readonly keyPrefix: string;
  readonly redisTimeoutMs: number;
  readonly failuresPerMinute: number;
}

const WINDOW_SECONDS = 60;

/** The kinds of credentials that can be guessed, and the error code for a wrong one. `grant`: a code or refresh token. */
const ERROR_CODES = { secret: 'invalid_client', grant: 'invalid_grant' } as const satisfies Record<
  string,
  OAuthErrorCode
>;
export type FailureKind = keyof typeof ERROR_CODES;

/**
 * Limits the requests of a client from one IP address that fail for a wrong credential, separately for each kind. Only
 * failing requests are rejected: a client id is public, so wrong secrets sent with it must not lock out the client.
 * Failures at all servers are counted in Redis, with one write for each failure. While Redis is unavailable, each server
 * counts its own failures.
 */
export class FailureLimiter {
  readonly #redis: Redis;
  readonly #limiter: RateLimiterRedis;
  readonly #failuresPerMinute: number;

  constructor({ redisUrl, keyPrefix, redisTimeoutMs, failuresPerMinute }: FailureLimiterOptions) {
    this.#failuresPerMinute = failuresPerMinute;
    const [{ url }] = parseCacheNodes(redisUrl) as [CacheNode];
    const servers = new RedisServers({ url, keyPrefix });
    this.#redis = newRedisClient(servers, redisTimeoutMs, {
      // The server has become a replica: reconnect to the new primary.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
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

  /** Runs `call`. If it fails for a wrong credential and the limit is exceeded, throws RATE_LIMITED instead of its error. */
  async guard<T>(kind: FailureKind, clientId: string, ipAddress: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const isWrong = error instanceof OAuthError && error.code === ERROR_CODES[kind];
      if (isWrong) await this.#countFailure(kind, clientId, ipAddress);
      throw error;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #countFailure(kind: FailureKind, clientId: string, ipAddress: string): Promise<void> {
    // The client id of a request may be any text, even a misplaced secret, so only its hash is stored.
    const client = hashCredential(clientId).toString('base64url');
    const failures = await this.#limiter.penalty(`${kind}|${client}|${ipAddress}`);
    if (failures.consumedPoints <= this.#failuresPerMinute) return;
    throw new AppError(ErrorReason.RATE_LIMITED, 'too many failed requests; wait before you retry', {
      retryAfterSeconds: Math.ceil(failures.msBeforeNext / 1_000),
    });
  }
}
