import { onTestFinished } from 'vitest';
import { createLog } from '../../services/common/process/log.ts';
import { responseOf } from '../../services/common/token-state/entry.ts';
import { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';

/** Timeout of a command. */
export const TIMEOUT_MS = 1_000;
export const UNREACHABLE = 'unreachable';

/** Closes it after the test. */
export function open<T extends { close(): void }>(part: T): T {
  onTestFinished(() => part.close());
  return part;
}

export const optionsOf = (url: string, commandTimeoutMs = TIMEOUT_MS) => ({
  url,
  keyPrefix: 'entries:',
  commandTimeoutMs,
});
export const cacheAt = (url: string, timeoutMs?: number) =>
  open(new EntryCache(optionsOf(url, timeoutMs), createLog('test', 'silent')));

/** The result of a read: the response, the first byte of an entry that is not a state, `nothing`, or unreachable. */
export const read = (cache: EntryCache, hash: Buffer) =>
  new Promise<string>((resolve) => {
    cache.read(hash, {
      onState: (bytes, start, end) => resolve(responseOf(bytes, start, end).toString()),
      onMissing: (bytes, start = 0) =>
        resolve(bytes === undefined ? 'nothing' : `not a state: ${String.fromCharCode(bytes[start] as number)}`),
      onUnreachable: () => resolve(UNREACHABLE),
    });
  });
