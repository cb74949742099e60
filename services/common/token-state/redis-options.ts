export interface RedisOptions {
  readonly url: string;
  /** Prefix of every key, so that several stacks can share a Redis. */
  readonly keyPrefix: string;
  /** Timeout of each reply. */
  readonly commandTimeoutMs: number;
}
