import { expect, test } from 'vitest';
import { readOptions } from '../../../scripts/bench/options.ts';

test('names are rows; numbers have bounds', () => {
  expect(readOptions(['batch', 'junk', '--rounds', '2'])).toMatchObject({
    rows: ['batch', 'junk'],
    rounds: 2,
    help: false,
  });
  expect(() => readOptions(['--rounds', '0'])).toThrow('--rounds takes a number from 1');
  expect(() => readOptions(['--seconds', 'x'])).toThrow('--seconds');
  expect(() => readOptions(['--round', '2'])).toThrow();
});

test('quick is less of everything, and can be changed', () => {
  const [usual, quick] = [readOptions([]), readOptions(['--quick'])];
  expect(quick.rounds).toBeLessThan(usual.rounds);
  expect(quick.revocations).toBeLessThan(usual.revocations);
  expect(readOptions(['--quick', '--rounds', '3']).rounds).toBe(3);
});
