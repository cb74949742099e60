export interface RedisOptions {
  /** `REDIS_URL`, or the URL of one of its nodes (parseCacheNodes). */
  readonly url: string;
  /** Prefix of every key, so that several stacks can share a Redis. */
  readonly keyPrefix: string;
  /** Timeout of each reply. */
  readonly commandTimeoutMs: number;
}
