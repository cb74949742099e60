import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { AppConcurrency } from '../../../services/auth-server/store/authority/app-concurrency.ts';
import { asStoreError } from '../../../services/auth-server/store/postgres/errors.ts';

const LOCKED = asStoreError({ code: '55P03', message: 'canceling statement due to lock timeout' });
const BUSY = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE, extras: { retryAfterSeconds: 1 } };

/** Begins `count` changes of an app, which the test ends. */
function changes(concurrency: AppConcurrency, appId: number, count: number) {
  return Array.from({ length: count }, () => {
    const end = Promise.withResolvers<void>();
    const change = { begun: false, end };
    const done = concurrency.run(appId, () => {
      change.begun = true;
      return end.promise;
    });
    done.catch(() => {});
    return Object.assign(change, { done });
  });
}

test('a few changes of one app run at once, and those of another app never wait for them', async () => {
  const concurrency = new AppConcurrency();
  const ours = changes(concurrency, 1, 10);
  expect(ours.map(({ begun }) => begun)).toEqual([...Array(4).fill(true), ...Array(6).fill(false)]);
  const [others] = changes(concurrency, 2, 1);
  expect(others?.begun).toBe(true);
});

test('the longest-waiting change runs next, whether the one before succeeded or failed', async () => {
  const concurrency = new AppConcurrency();
  const all = changes(concurrency, 1, 6);
  all[0]?.end.resolve();
  await setImmediate();
  expect(all.map(({ begun }) => begun)).toEqual([...Array(5).fill(true), false]);
  all[1]?.end.reject(new Error('no'));
  await setImmediate();
  expect(all.map(({ begun }) => begun)).toEqual(Array(6).fill(true));
});

test('once the app is found locked, waiting changes fail with a retry delay, and later ones try again', async () => {
  const concurrency = new AppConcurrency();
  const [first, , , , waiting] = changes(concurrency, 1, 5);
  first?.end.reject(LOCKED);
  await expect(first?.done).rejects.toBe(LOCKED);
  await expect(waiting?.done).rejects.toMatchObject(BUSY);
  expect(waiting?.begun).toBe(false);
  const [later] = changes(concurrency, 1, 1);
  expect(later?.begun).toBe(true);
});

test('rejects further changes at once when too many wait', async () => {
  const concurrency = new AppConcurrency();
  const all = changes(concurrency, 1, 105);
  await expect(all[104]?.done).rejects.toMatchObject(BUSY);
  expect(all[104]?.begun).toBe(false);
});
