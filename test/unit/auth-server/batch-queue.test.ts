import { afterEach, expect, test, vi } from 'vitest';
import { BatchQueue, type BatchQueueOptions } from '../../../services/auth-server/domain/batch-queue.ts';

const OPTIONS = { maxRunning: 1, maxBatchSize: 64, maxQueued: 1_000 };

const keys = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** A batch that ends in the first turn lets the next one start in the second. */
const settled = async () => {
  await turn();
  await turn();
};

/** A queue whose batches the test completes. The result of an item is the item in capitals. */
class ManualQueue {
  readonly batches: (readonly string[])[] = [];
  readonly #pending: { complete: () => void; fail: (error: unknown) => void }[] = [];
  readonly queue: BatchQueue<string, string>;

  constructor(options: Partial<BatchQueueOptions<string>> = {}) {
    const run = (batch: readonly string[]) =>
      new Promise<string[]>((resolve, reject) => {
        this.batches.push(batch);
        this.#pending.push({ complete: () => resolve(batch.map((item) => item.toUpperCase())), fail: reject });
      });
    this.queue = new BatchQueue(run, { ...OPTIONS, ...options });
  }

  runAll(items: readonly string[]): Promise<PromiseSettledResult<string>[]> {
    return Promise.allSettled(items.map((item) => this.queue.run(item)));
  }

  /** The same, with the first item in a batch that has started before the others arrive. */
  async runAfterFirst([first = '', ...others]: readonly string[]): Promise<PromiseSettledResult<string>[]> {
    const result = this.runAll([first]);
    await settled();
    return (await Promise.all([result, this.runAll(others)])).flat();
  }

  async complete(): Promise<void> {
    this.#pending.shift()?.complete();
    await settled();
  }

  async fail(error: unknown): Promise<void> {
    this.#pending.shift()?.fail(error);
    await settled();
  }
}

afterEach(() => {
  vi.useRealTimers();
});

test('runs the items of a turn together, and those that arrive meanwhile in the next batch; each gets its result', async () => {
  const manual = new ManualQueue();
  const results = [manual.runAll(['a', 'b'])];
  await settled();
  expect(manual.batches).toEqual([['a', 'b']]);
  results.push(manual.runAll(['c']));
  await settled();
  results.push(manual.runAll(['d']));
  await manual.complete();
  expect(manual.batches).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  await manual.complete();
  expect((await Promise.all(results)).flat()).toEqual(
    ['A', 'B', 'C', 'D'].map((value) => ({ status: 'fulfilled', value })),
  );
});

test('runs at most maxRunning batches at once', async () => {
  const manual = new ManualQueue({ maxRunning: 2 });
  for (const item of ['a', 'b', 'c']) {
    void manual.runAll([item]);
    await settled();
  }
  expect(manual.batches).toEqual([['a'], ['b']]);
});

test('starts several batches for the items of a turn, at most maxRunning', async () => {
  const manual = new ManualQueue({ maxRunning: 2, maxBatchSize: 1 });
  void manual.runAll(['a', 'b', 'c']);
  await settled();
  expect(manual.batches).toEqual([['a'], ['b']]);
});

test('a batch has at most maxBatchSize items', async () => {
  const manual = new ManualQueue();
  const results = manual.runAll(keys(130));
  await settled();
  for (let batch = 0; batch < 3; batch++) await manual.complete();
  expect(manual.batches.map(({ length }) => length)).toEqual([64, 64, 2]);
  expect((await results).every(({ status }) => status === 'fulfilled')).toBe(true);
});

test('no batch has two items with the same key', async () => {
  const manual = new ManualQueue({ keyOf: (item) => item[0] });
  void manual.runAll(['a1', 'a2', 'b']);
  await settled();
  await manual.complete();
  expect(manual.batches).toEqual([['a1', 'b'], ['a2']]);
});

test('the error of a batch rejects only its items', async () => {
  const manual = new ManualQueue();
  const results = manual.runAfterFirst(['a', 'b', 'c']);
  await settled();
  await manual.complete();
  await manual.fail(new Error('lost'));
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
});

test('with retriesSeparately, each item of a failed batch gets its own result or error before the next batch', async () => {
  const manual = new ManualQueue({ retriesSeparately: true });
  const results = manual.runAfterFirst(['first', 'a', 'bad', 'b']);
  await settled();
  await manual.complete();
  await manual.fail(new Error('of the batch'));
  const later = manual.queue.run('later');
  expect(manual.batches.slice(2)).toEqual([['a'], ['bad'], ['b']]);
  await manual.complete();
  await manual.fail(new Error('its own'));
  await manual.complete();
  expect(await results).toMatchObject([
    { value: 'FIRST' },
    { value: 'A' },
    { reason: { message: 'its own' } },
    { value: 'B' },
  ]);
  expect(manual.batches.at(-1)).toEqual(['later']);
  await manual.complete();
  expect(await later).toBe('LATER');
});

test('refuses an item while maxQueued items wait', async () => {
  const manual = new ManualQueue();
  void manual.runAll(keys(OPTIONS.maxQueued));
  await expect(manual.queue.run('one more')).rejects.toMatchObject({ extras: { retryAfterSeconds: 1 } });
});

test('refuses items that have waited longer than maxWaitMs when a batch ends; later ones run', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const manual = new ManualQueue({ maxWaitMs: 5_000 });
  const early = manual.runAfterFirst(['a', 'b']);
  await settled();
  vi.advanceTimersByTime(5_001);
  const late = manual.queue.run('c');
  await manual.complete();
  expect(await early).toMatchObject([{ value: 'A' }, { reason: { extras: { retryAfterSeconds: 1 } } }]);
  await manual.complete();
  expect(await late).toBe('C');
});
