import { expect, test } from 'vitest';
import { Restarts } from '../../../services/introspection/workers/restarts.ts';

test('the wait doubles with each exit within a minute, up to a limit; after the eleventh there is no restart', () => {
  const restarts = new Restarts();
  const waits = Array.from({ length: 11 }, (_, index) => restarts.onExit(index));
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000, undefined]);
});

test('exits of at least a minute ago do not count', () => {
  const restarts = new Restarts();
  for (let exit = 0; exit < 10; exit++) restarts.onExit(exit);
  expect(restarts.onExit(60_005)).toBe(1_600);
  expect(restarts.onExit(130_000)).toBe(100);
});
