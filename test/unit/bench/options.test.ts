import { expect, test } from 'vitest';
import { readOptions } from '../../../scripts/bench/options.ts';

test('reads row names and numbers; rejects numbers out of bounds and unknown options', () => {
  expect(readOptions(['batch', 'malformed', '--rounds', '2'])).toMatchObject({
    rows: ['batch', 'malformed'],
    rounds: 2,
    help: false,
  });
  expect(() => readOptions(['--rounds', '0'])).toThrow('--rounds takes a number from 1');
  expect(() => readOptions(['--seconds', 'x'])).toThrow('--seconds');
  expect(() => readOptions(['--round', '2'])).toThrow();
});

test('--quick reduces sizes and durations, and other options override it', () => {
  const [usual, quick] = [readOptions([]), readOptions(['--quick'])];
  expect(quick.rounds).toBeLessThan(usual.rounds);
  expect(quick.revocations).toBeLessThan(usual.revocations);
  expect(quick.misses).toBeLessThan(usual.misses);
  expect(quick.coldStart.tokens).toBeLessThan(usual.coldStart.tokens);
  expect(quick.steadyState.seconds).toBeLessThan(usual.steadyState.seconds);
  expect(Math.max(...quick.sizeOfChange.installs)).toBeLessThan(Math.max(...usual.sizeOfChange.installs));
  expect(readOptions(['--quick', '--rounds', '3']).rounds).toBe(3);
});
