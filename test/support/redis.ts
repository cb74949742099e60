import { randomBytes } from 'node:crypto';
import { inject, vi } from 'vitest';

export interface RedisNamespace {
  readonly url: string;
  /** Prefix of every key, because the instance is shared. */
  readonly keyPrefix: string;
}

/** The shared Redis with a new key prefix. A test that flushes or kills it must start its own instance. */
export function redisNamespace(): RedisNamespace {
  return { url: inject('redisUrl'), keyPrefix: `t${randomBytes(6).toString('hex')}:` };
}

const READY_MS = 10_000;

/** Resolves when all connections are ready. */
export async function untilReady(...connections: readonly { readonly isReady: boolean }[]): Promise<void> {
  await vi.waitUntil(() => connections.every(({ isReady }) => isReady), { timeout: READY_MS, interval: 5 });
}
