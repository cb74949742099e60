import { onTestFinished } from 'vitest';
import { createLog } from '../../services/common/process/log.ts';
import { responseOf } from '../../services/common/token-state/entry.ts';
import { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';

/** Timeout of a Redis command. */
export const TIMEOUT_MS = 1_000;
export const UNREACHABLE = 'unreachable';
/** A state with a changed stamp. */
export const INVALID = 'invalid';

export function closeAfterTest<T extends { close(): void }>(part: T): T {
  onTestFinished(() => part.close());
  return part;
}

export const optionsOf = (url: string, commandTimeoutMs = TIMEOUT_MS) => ({
  url,
  keyPrefix: 'entries:',
  commandTimeoutMs,
});
export const cacheAt = (url: string, timeoutMs?: number) =>
  closeAfterTest(new EntryCache(optionsOf(url, timeoutMs), createLog('test', 'silent')));

/** The result of a read: the response, UNREACHABLE, INVALID, or `nothing` without a state (no entry, a lease, a fence). */
export const read = (cache: EntryCache, hash: Buffer) =>
  new Promise<string>((resolve) => {
    cache.read({
      tokenHash: hash,
      onState: (state) => resolve(responseOf(state).toString()),
      onMissing: (invalid) => resolve(invalid === undefined ? 'nothing' : INVALID),
      onUnreachable: () => resolve(UNREACHABLE),
    });
  });
