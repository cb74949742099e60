import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

export interface RedisNamespace {
  readonly url: string;
  /** Before every key: the instance is shared with the test files that run beside this one. */
  readonly keyPrefix: string;
}

/** The run's Redis, with keys of the caller's own. A test that flushes or kills starts its own instance instead. */
export function redisNamespace(): RedisNamespace {
  return { url: inject('redisUrl'), keyPrefix: `t${randomBytes(6).toString('hex')}:` };
}
