import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { AppConcurrency } from '../../../services/auth-server/store/authority/app-concurrency.ts';
import { asStoreError } from '../../../services/auth-server/store/postgres/errors.ts';

const LOCKED = asStoreError({ code: '55P03', message: 'canceling statement due to lock timeout' });
const BUSY = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE, extras: { retryAfterSeconds: 1 } };

/** Queues `count` grants of an app. The test ends those that have begun. */
function grants(concurrency: AppConcurrency, appId: number, count: number) {
  return Array.from({ length: count }, () => {
    const end = Promise.withResolvers<void>();
    const grant = { begun: false, end };
    const done = concurrency.run(appId, () => {
      grant.begun = true;
      return end.promise;
    });
    done.catch(() => {});
    return Object.assign(grant, { done });
  });
}

test('four grants of one app run concurrently, and those of another app do not wait for them', async () => {
  const concurrency = new AppConcurrency();
  const ofApp = grants(concurrency, 1, 10);
  expect(ofApp.map(({ begun }) => begun)).toEqual([...Array(4).fill(true), ...Array(6).fill(false)]);
  const [other] = grants(concurrency, 2, 1);
  expect(other?.begun).toBe(true);
});

test('when a grant succeeds or fails, the one that has waited longest runs', async () => {
  const concurrency = new AppConcurrency();
  const all = grants(concurrency, 1, 6);
  all[0]?.end.resolve();
  await setImmediate();
  expect(all.map(({ begun }) => begun)).toEqual([...Array(5).fill(true), false]);
  all[1]?.end.reject(new Error('no'));
  await setImmediate();
  expect(all.map(({ begun }) => begun)).toEqual(Array(6).fill(true));
});

test('after a lock timeout, waiting grants fail with a retry delay, and later ones run', async () => {
  const concurrency = new AppConcurrency();
  const [first, , , , waiting] = grants(concurrency, 1, 5);
  first?.end.reject(LOCKED);
  await expect(first?.done).rejects.toBe(LOCKED);
  await expect(waiting?.done).rejects.toMatchObject(BUSY);
  expect(waiting?.begun).toBe(false);
  const [later] = grants(concurrency, 1, 1);
  expect(later?.begun).toBe(true);
});

test('immediately rejects a grant while a hundred wait', async () => {
  const concurrency = new AppConcurrency();
  const all = grants(concurrency, 1, 105);
  await expect(all[104]?.done).rejects.toMatchObject(BUSY);
  expect(all[104]?.begun).toBe(false);
});
