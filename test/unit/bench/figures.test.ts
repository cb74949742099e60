import { expect, test, vi } from 'vitest';
import { percentile, printFigures } from '../../../scripts/bench/figures.ts';
import { median } from '../../../scripts/bench/measure/interleave.ts';

test('a percentile is the nearest rank, whatever the order', () => {
  const samples = [5, 1, 4, 2, 3];
  expect(percentile(samples, 0.5)).toBe(3);
  expect(percentile(samples, 0.99)).toBe(5);
  expect(percentile([], 0.5)).toBeNaN();
  expect(samples).toEqual([5, 1, 4, 2, 3]);
});

test('a median is the middle one, or between the middle two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 9])).toBe(3);
});

test('one JSON line for each figure, and one for its CPU time', () => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  printFigures([
    { name: 'plain', value: 2, unit: 'ms' },
    {
      name: 'fast',
      value: 30,
      unit: '/s',
      cpuMicros: 5,
      baseline: { name: 'slow', value: 10, cpuMicros: 20 },
      goal: '≥ 2',
    },
  ]);
  write.mockRestore();
  const json = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  expect(json).toEqual([
    { name: 'plain', value: 2, unit: 'ms', baseline: null, ratio: null },
    { name: 'fast', value: 30, unit: '/s', baseline: 10, ratio: 3 },
    { name: 'fast, CPU', value: 5, unit: 'µs', baseline: 20, ratio: 0.25 },
  ]);
  expect(lines.find((line) => line.startsWith('fast'))).toMatch(/3\.00 × slow, CPU 0\.25 × {2}to reach: ≥ 2/);
});
