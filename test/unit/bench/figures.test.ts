import { expect, test } from 'vitest';
import { type Figure, figureText, percentile } from '../../../scripts/bench/figures.ts';
import { atLeast, atMost } from '../../../scripts/bench/goals.ts';
import { median } from '../../../scripts/bench/measure/interleave.ts';

const linesOf = (figure: Figure): string[] => figureText(figure).trimEnd().split('\n');
const jsonOf = (figure: Figure): object[] =>
  linesOf(figure)
    .slice(1)
    .map((line) => JSON.parse(line));

test('a percentile is the sample at the nearest rank; the samples need not be sorted', () => {
  const samples = [5, 1, 4, 2, 3];
  expect(percentile(samples, 0.5)).toBe(3);
  expect(percentile(samples, 0.99)).toBe(5);
  expect(percentile([], 0.5)).toBeNaN();
  expect(samples).toEqual([5, 1, 4, 2, 3]);
});

test('a median is the middle value, or the mean of the middle two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 9])).toBe(3);
});

test('a figure is a line for people and a JSON line', () => {
  const plain = { name: 'plain', value: 2, unit: 'ms' };
  expect(linesOf(plain)[0]).toMatch(/^plain +2 ms$/);
  expect(jsonOf(plain)).toEqual([{ name: 'plain', value: 2, unit: 'ms', baseline: null, ratio: null }]);
});

test('a CPU time has its own JSON line with its goals', () => {
  const figure: Figure = {
    name: 'fast',
    value: 30,
    unit: '/s',
    cpuMicros: 5,
    baseline: { name: 'slow', value: 10, cpuMicros: 20 },
    goals: [atLeast(2, 'ratio'), atMost(4, 'CPU')],
  };
  expect(linesOf(figure)[0]).toMatch(
    /5 µs CPU {2}3\.00 × slow \(10\), CPU 0\.25 × {2}\[≥ 2 ×: met\] {2}\[≤ 4 µs CPU: NOT MET\]$/,
  );
  expect(jsonOf(figure)).toEqual([
    { name: 'fast', value: 30, unit: '/s', baseline: 10, ratio: 3, goal: '≥ 2 ×', met: true },
    { name: 'fast, CPU', value: 5, unit: 'µs', baseline: 20, ratio: 0.25, goal: '≤ 4 µs', met: false },
  ]);
});

test('a goal applies to the value by default; a value that was not reached or measured misses it', () => {
  const result = (value: number) => jsonOf({ name: 'x', value, unit: 's', goals: [atMost(10)] });
  expect(result(10)).toMatchObject([{ value: 10, met: true }]);
  expect(result(Number.POSITIVE_INFINITY)).toMatchObject([{ value: null, met: false }]);
  expect(result(Number.NaN)).toMatchObject([{ value: null, met: false }]);
});
