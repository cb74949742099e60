import { randomBytes } from 'node:crypto';
import { inject, vi } from 'vitest';

export interface RedisNamespace {
  readonly url: string;
  /** Before every key: the instance is shared with the test files that run beside this one. */
  readonly keyPrefix: string;
}

/** The run's Redis, with keys of the caller's own. A test that flushes or kills starts its own instance instead. */
export function redisNamespace(): RedisNamespace {
  return { url: inject('redisUrl'), keyPrefix: `t${randomBytes(6).toString('hex')}:` };
}

const READY_MS = 10_000;

/** Resolves when each of these has a connection that can be used. */
export async function untilReady(...connections: readonly { readonly isReady: boolean }[]): Promise<void> {
  await vi.waitUntil(() => connections.every(({ isReady }) => isReady), { timeout: READY_MS, interval: 5 });
}
