import { expect, test } from 'vitest';
import { FairQueue } from '../../../services/introspection/read-path/fair-queue.ts';

test('owners take turns, each in the order of its own items', () => {
  const queue = new FairQueue<string>(100);
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) expect(queue.push(item.slice(0, 1), item)).toBe(true);
  expect(queue.take(4)).toEqual(['a1', 'b1', 'c1', 'a2']);
  queue.push('b', 'b2');
  expect(queue.take(10)).toEqual(['c2', 'a3', 'b2']);
  expect([queue.take(1), queue.size]).toEqual([[], 0]);
});

test('a crowd of one owner leaves room in the very next question for everybody else', () => {
  const queue = new FairQueue<string>(5_000);
  for (let index = 0; index < 3_000; index++) queue.push('crowd', `crowd ${index}`);
  for (const owner of ['x', 'y', 'z']) queue.push(owner, owner);
  expect(queue.take(500)).toEqual(expect.arrayContaining(['x', 'y', 'z']));
});

test('what one owner may have waiting is bounded, and only for that owner', () => {
  const queue = new FairQueue<number>(2);
  expect([queue.push('a', 1), queue.push('a', 2), queue.push('a', 3), queue.push('b', 4)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(queue.size).toBe(3);
});
