import { expect, test } from 'vitest';
import { FairQueue } from '../../../services/introspection/read-path/fair-queue.ts';

test('takes one item of each owner in turn, the oldest first', () => {
  const queue = new FairQueue<string>(100);
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) expect(queue.push(item.slice(0, 1), item)).toBe(true);
  expect(queue.take(4)).toEqual(['a1', 'b1', 'c1', 'a2']);
  queue.push('b', 'b2');
  expect(queue.take(10)).toEqual(['c2', 'a3', 'b2']);
  expect([queue.take(1), queue.size]).toEqual([[], 0]);
});

test('includes every owner in the next batch, however many items one of them has', () => {
  const queue = new FairQueue<string>(50_000);
  for (let index = 0; index < 3_000; index++) queue.push('large', `large ${index}`);
  for (const owner of ['x', 'y', 'z']) queue.push(owner, owner);
  expect(queue.take(500)).toEqual(expect.arrayContaining(['x', 'y', 'z']));
});

test('limits the number of items, and that of each owner to a tenth of this limit', () => {
  const queue = new FairQueue<number>(20);
  expect([queue.push('a', 1), queue.push('a', 2), queue.push('a', 3)]).toEqual([true, true, false]);
  for (let owner = 0; owner < 18; owner++) expect(queue.push(`${owner}`, owner)).toBe(true);
  expect([queue.push('b', 1), queue.size]).toEqual([false, 20]);
});
