import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HealthHandlers } from '../../../services/common/rpc/health.ts';

test('Watch of an unknown service ends if it is cancelled after its status has been read', async () => {
  const health = new HealthHandlers([], async () => true);
  const ended = new AbortController();
  const statuses = health.watch('unknown', ended.signal);
  await statuses.next();
  ended.abort();
  expect(await Promise.race([statuses.next(), setImmediate('still watching')])).toEqual({
    done: true,
    value: undefined,
  });
});
