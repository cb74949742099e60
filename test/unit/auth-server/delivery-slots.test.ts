import { expect, test } from 'vitest';
import { DeliverySlots } from '../../../services/auth-server/jobs/webhooks/delivery-slots.ts';

const FAST = { durationMs: 10, succeeded: true };
const SLOW = { durationMs: 5_000, succeeded: true };
const FAILED = { durationMs: 10, succeeded: false };

const free = (slots: DeliverySlots, app: number) => slots.capacity.ofApps.get(app)?.free ?? slots.capacity.perApp;

test('an attempt uses one of the 10 slots of its app until it ends', () => {
  const slots = new DeliverySlots(100);
  expect(free(slots, 1)).toBe(10);
  slots.acquire(1);
  expect(free(slots, 1)).toBe(9);
  expect(free(slots, 2)).toBe(10);
  slots.release(1, FAST);
  expect(free(slots, 1)).toBe(10);
});

test.each([
  ['took long', SLOW],
  ['failed', FAILED],
])('an app whose last attempt %s gets two slots until an attempt succeeds fast', (_what, outcome) => {
  const slots = new DeliverySlots(100);
  for (let at = 0; at < 3; at++) slots.acquire(1);
  slots.release(1, outcome);
  expect(free(slots, 1)).toBe(0);
  slots.release(1, outcome);
  expect(free(slots, 1)).toBe(1);
  slots.release(1, FAST);
  expect(free(slots, 1)).toBe(10);
});

test('the slots of all apps together are limited', () => {
  const slots = new DeliverySlots(2);
  slots.acquire(1);
  slots.acquire(2);
  expect(slots.capacity.total).toBe(0);
  slots.release(2, FAST);
  expect(slots.capacity.total).toBe(1);
});

test('slow apps together get at most half of the slots, rounded up, until they are fast again', () => {
  const slots = new DeliverySlots(5);
  expect(slots.capacity).toMatchObject({ total: 5, ofSlow: 3 });
  for (const app of [1, 1, 2, 3]) slots.acquire(app);
  for (const app of [1, 2]) slots.release(app, SLOW);
  expect(slots.capacity).toMatchObject({ total: 3, ofSlow: 2 });
  slots.acquire(2);
  expect(slots.capacity).toMatchObject({ total: 2, ofSlow: 1 });
  slots.release(1, FAST);
  expect(slots.capacity).toMatchObject({ total: 3, ofSlow: 2 });
  slots.release(2, FAST);
  expect(slots.capacity).toMatchObject({ total: 4, ofSlow: 3 });
});
