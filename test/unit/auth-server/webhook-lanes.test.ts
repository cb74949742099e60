import { expect, test } from 'vitest';
import { Lanes } from '../../../services/auth-server/jobs/webhooks/lanes.ts';

const FAST = { durationMs: 10, succeeded: true };
const SLOW = { durationMs: 5_000, succeeded: true };
const FAILED = { durationMs: 10, succeeded: false };

const free = (lanes: Lanes, app: number) => lanes.capacity.ofApps.get(app)?.free ?? lanes.capacity.perApp;

test('an app gets its remaining slots', () => {
  const lanes = new Lanes(100);
  expect(free(lanes, 1)).toBe(10);
  lanes.enter(1);
  expect(free(lanes, 1)).toBe(9);
  expect(free(lanes, 2)).toBe(10);
  lanes.leave(1, FAST);
  expect(free(lanes, 1)).toBe(10);
});

test.each([
  ['took long', SLOW],
  ['failed', FAILED],
])('an app whose last attempt %s gets few slots until one is fast again', (_what, outcome) => {
  const lanes = new Lanes(100);
  for (let at = 0; at < 3; at++) lanes.enter(1);
  lanes.leave(1, outcome);
  expect(free(lanes, 1)).toBe(0);
  lanes.leave(1, outcome);
  expect(free(lanes, 1)).toBe(1);
  lanes.leave(1, FAST);
  expect(free(lanes, 1)).toBe(10);
});

test('the total number of slots is bounded', () => {
  const lanes = new Lanes(2);
  lanes.enter(1);
  lanes.enter(2);
  expect(lanes.capacity.total).toBe(0);
  lanes.leave(2, FAST);
  expect(lanes.capacity.total).toBe(1);
});

test('slow apps together get half of the slots, until they are fast again', () => {
  const lanes = new Lanes(5);
  expect(lanes.capacity).toMatchObject({ total: 5, ofSlow: 3 });
  for (const app of [1, 1, 2, 3]) lanes.enter(app);
  for (const app of [1, 2]) lanes.leave(app, SLOW);
  expect(lanes.capacity).toMatchObject({ total: 3, ofSlow: 2 });
  lanes.enter(2);
  expect(lanes.capacity).toMatchObject({ total: 2, ofSlow: 1 });
  lanes.leave(1, FAST);
  expect(lanes.capacity).toMatchObject({ total: 3, ofSlow: 2 });
  lanes.leave(2, FAST);
  expect(lanes.capacity).toMatchObject({ total: 4, ofSlow: 3 });
});
