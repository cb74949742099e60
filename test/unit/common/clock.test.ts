import { expect, test } from 'vitest';
import { systemClock } from '../../../services/common/process/clock.ts';

test('the precise time is within a millisecond or so of the wall clock, and has fractions', () => {
  let fractions = 0;
  for (let i = 0; i < 20_000; i++) {
    const before = Date.now();
    const precise = systemClock.preciseNow();
    const after = Date.now();
    expect(precise).toBeGreaterThanOrEqual(before - 1);
    expect(precise).toBeLessThanOrEqual(after + 2);
    if (!Number.isInteger(precise)) fractions++;
  }
  expect(fractions).toBeGreaterThan(10_000);
});

test('the precise time tells what came first: it goes back by no more than a correction of the clock', () => {
  let last = systemClock.preciseNow();
  let increases = 0;
  for (let i = 0; i < 20_000; i++) {
    const now = systemClock.preciseNow();
    expect(now).toBeGreaterThan(last - 2);
    if (now > last) increases++;
    last = now;
  }
  expect(increases).toBeGreaterThan(19_000);
});

test('now is in whole milliseconds', () => {
  expect(Number.isInteger(systemClock.now())).toBe(true);
});
