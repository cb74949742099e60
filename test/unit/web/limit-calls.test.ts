import { expect, test } from 'vitest';
import { limitCalls } from '../../../services/web/src/rpc/limit-calls.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('runs at most `max` calls at a time, the others in order, and calls `onIdle` once when none is left', async () => {
  let idle = 0;
  const limit = limitCalls(2, () => idle++);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const call = (number: number) =>
    limit(() => {
      started.push(number);
      return new Promise<number>((resolve) => ends.push(() => resolve(number)));
    });
  const results = [call(1), call(2), call(3), call(4)];
  expect(started).toEqual([1, 2]);
  ends[0]?.();
  await settled();
  expect(started).toEqual([1, 2, 3]);
  ends[1]?.();
  ends[2]?.();
  await settled();
  expect(started).toEqual([1, 2, 3, 4]);
  expect(idle).toBe(0);
  ends[3]?.();
  expect(await Promise.all(results)).toEqual([1, 2, 3, 4]);
  expect(idle).toBe(1);
});

test('the next call starts when one has failed', async () => {
  let idle = 0;
  const limit = limitCalls(1, () => idle++);
  const failed = limit(() => Promise.reject(new Error('no')));
  const next = limit(async () => 'done');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
  expect(idle).toBe(1);
});
