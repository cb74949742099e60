import { afterEach, expect, test, vi } from 'vitest';
import { BatchQueue, type BatchQueueOptions } from '../../../services/auth-server/domain/batch-queue.ts';

const OPTIONS = { maxRunning: 1, maxSize: 64, maxQueued: 1_000 };

const keys = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A queue whose batches the test completes. The result of an item is itself in capitals. */
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

test('runs a single item at once, and those that arrive meanwhile together, with their own results', async () => {
  const manual = new ManualQueue();
  const results = manual.runAll(['a', 'b', 'c']);
  expect(manual.batches).toEqual([['a']]);
  await manual.complete();
  expect(manual.batches).toEqual([['a'], ['b', 'c']]);
  await manual.complete();
  expect(await results).toEqual(['A', 'B', 'C'].map((value) => ({ status: 'fulfilled', value })));
});

test('runs at most maxRunning batches at once', () => {
  const manual = new ManualQueue({ maxRunning: 2 });
  void manual.runAll(['a', 'b', 'c']);
  expect(manual.batches).toEqual([['a'], ['b']]);
});

test('a batch has at most maxSize items', async () => {
  const manual = new ManualQueue();
  const results = manual.runAll(keys(130));
  for (let batch = 0; batch < 4; batch++) await manual.complete();
  expect(manual.batches.map(({ length }) => length)).toEqual([1, 64, 64, 1]);
  expect((await results).every(({ status }) => status === 'fulfilled')).toBe(true);
});

test('no batch has two items with the same key', async () => {
  const manual = new ManualQueue({ keyOf: (item) => item[0] });
  void manual.runAll(['x', 'a1', 'a2', 'b']);
  await manual.complete();
  await manual.complete();
  expect(manual.batches).toEqual([['x'], ['a1', 'b'], ['a2']]);
});

test('an error rejects the items of that batch alone', async () => {
  const manual = new ManualQueue();
  const results = manual.runAll(['a', 'b', 'c']);
  await manual.complete();
  await manual.fail(new Error('lost'));
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
});

test('with retriesAlone, each item of a failed batch gets its own result or error before the next batch starts', async () => {
  const manual = new ManualQueue({ retriesAlone: true });
  const results = manual.runAll(['first', 'a', 'bad', 'b']);
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

test('refuses an item while maxQueued wait', async () => {
  const manual = new ManualQueue();
  void manual.runAll(keys(1_001));
  await expect(manual.queue.run('one more')).rejects.toMatchObject({ extras: { retryAfterSeconds: 1 } });
});

test('refuses items that have waited longer than maxWaitMs when a batch ends; later ones run', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const manual = new ManualQueue({ maxWaitMs: 5_000 });
  const early = manual.runAll(['a', 'b']);
  vi.advanceTimersByTime(5_001);
  const late = manual.queue.run('c');
  await manual.complete();
  expect(await early).toMatchObject([{ value: 'A' }, { reason: { extras: { retryAfterSeconds: 1 } } }]);
  await manual.complete();
  expect(await late).toBe('C');
});
