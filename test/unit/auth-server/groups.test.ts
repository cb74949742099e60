import { expect, test } from 'vitest';
import { Groups } from '../../../services/auth-server/store/groups.ts';

interface Running {
  readonly items: readonly string[];
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

/** Groups whose ends the test decides. The key of an item is its first letter. */
function heldGroups(limits = { maxRunning: 1, maxSize: 10 }) {
  const running: Running[] = [];
  const run = (items: readonly string[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    running.push({ items, end: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
    return promise;
  };
  return { running, groups: new Groups(run, limits, (item) => item[0]) };
}

test('an item runs alone and at once if fewer groups than allowed are in progress', () => {
  const { running, groups } = heldGroups({ maxRunning: 2, maxSize: 10 });
  for (const item of ['a', 'b', 'c', 'd']) void groups.run(item);
  expect(running.map(({ items }) => items)).toEqual([['a'], ['b']]);
});

test('those that arrived meanwhile run together, each with its own result', async () => {
  const { running, groups } = heldGroups();
  const results = Promise.all(['a', 'b', 'c'].map((item) => groups.run(item)));
  running[0]?.end();
  await expect.poll(() => running[1]?.items).toEqual(['b', 'c']);
  running[1]?.end();
  expect(await results).toEqual(['A', 'B', 'C']);
});

test('a group has at most maxSize items, and no two with the same key', async () => {
  const { running, groups } = heldGroups({ maxRunning: 1, maxSize: 2 });
  for (const item of ['x', 'a1', 'a2', 'b', 'c']) void groups.run(item);
  for (const expected of [
    ['a1', 'b'],
    ['a2', 'c'],
  ]) {
    running.at(-1)?.end();
    await expect.poll(() => running.at(-1)?.items).toEqual(expected);
  }
});

test('an error rejects the items of that group alone', async () => {
  const { running, groups } = heldGroups();
  const results = Promise.allSettled(['a', 'b'].map((item) => groups.run(item)));
  running[0]?.fail(new Error('lost'));
  await expect.poll(() => running.length).toBe(2);
  running[1]?.end();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
