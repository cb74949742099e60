import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Coalescer } from '../../../packages/introspection-client/coalescer.ts';

const LIMITS = { maxBatch: 4, maxWaitMs: 10 };

/** A call or batch that was sent. The test ends it. */
interface Sent {
  readonly items: readonly string[];
  respond(): void;
  fail(): void;
}

/** In the order in which they were sent. */
let sent: Sent[];

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
});

afterEach(() => {
  vi.useRealTimers();
});

function coalescer(limits = LIMITS): Coalescer<string, string> {
  const send = (items: readonly string[]): Promise<string>[] => {
    const deferred = items.map(() => Promise.withResolvers<string>());
    sent.push({
      items,
      respond: () => {
        for (const [index, { resolve }] of deferred.entries()) resolve(`${items[index]}!`);
      },
      fail: () => {
        for (const [index, { reject }] of deferred.entries()) reject(new Error(`${items[index]}?`));
      },
    });
    return deferred.map(({ promise }) => promise);
  };
  return new Coalescer({ sendOne: (item) => send([item])[0] as Promise<string>, sendBatch: send }, limits);
}

const items = () => sent.map((call) => call.items);

test('sequential calls are sent alone and at once', async () => {
  const calls = coalescer();
  for (const item of ['a', 'b', 'c']) {
    const result = calls.call(item);
    expect(items().at(-1)).toEqual([item]);
    sent.at(-1)?.respond();
    expect(await result).toBe(`${item}!`);
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(sent).toHaveLength(3);
});

test('calls during another call are sent together when it returns, each with its own result', async () => {
  const calls = coalescer();
  const results = ['a', 'b', 'c'].map((item) => calls.call(item));
  expect(items()).toEqual([['a']]);
  sent[0]?.respond();
  await vi.advanceTimersByTimeAsync(0);
  expect(items()).toEqual([['a'], ['b', 'c']]);
  sent[1]?.respond();
  expect(await Promise.all(results)).toEqual(['a!', 'b!', 'c!']);
});

test('a full batch does not wait', () => {
  const calls = coalescer();
  for (const item of 'abcdefghi') void calls.call(item);
  expect(items()).toEqual([['a'], ['b', 'c', 'd', 'e'], ['f', 'g', 'h', 'i']]);
});

test('no call waits longer than the limit for one that hangs', async () => {
  const calls = coalescer();
  for (const item of 'abc') void calls.call(item);
  await vi.advanceTimersByTimeAsync(LIMITS.maxWaitMs - 1);
  expect(items()).toEqual([['a']]);
  await vi.advanceTimersByTimeAsync(1);
  expect(items()).toEqual([['a'], ['b', 'c']]);
});

test('the time limit of a batch starts with its first call', async () => {
  const calls = coalescer();
  void calls.call('a');
  void calls.call('b');
  await vi.advanceTimersByTimeAsync(LIMITS.maxWaitMs - 1);
  void calls.call('c');
  await vi.advanceTimersByTimeAsync(1);
  expect(items()).toEqual([['a'], ['b', 'c']]);
  void calls.call('d');
  await vi.advanceTimersByTimeAsync(LIMITS.maxWaitMs - 1);
  expect(items()).toHaveLength(2);
});

test('a single waiting call is sent alone', async () => {
  const calls = coalescer();
  const results = ['a', 'b'].map((item) => calls.call(item));
  sent[0]?.fail();
  await expect(results[0]).rejects.toThrow('a?');
  await vi.advanceTimersByTimeAsync(0);
  expect(items()).toEqual([['a'], ['b']]);
});

test('each call gets its own failure, and later calls are sent alone again', async () => {
  const calls = coalescer();
  const results = ['a', 'b', 'c'].map((item) => calls.call(item).catch((error: Error) => error.message));
  sent[0]?.respond();
  await vi.advanceTimersByTimeAsync(0);
  sent[1]?.fail();
  expect(await Promise.all(results)).toEqual(['a!', 'b?', 'c?']);
  await vi.advanceTimersByTimeAsync(0);
  void calls.call('d');
  expect(items().at(-1)).toEqual(['d']);
});

test('with batches of one every call is sent alone and at once', () => {
  const calls = coalescer({ maxBatch: 1, maxWaitMs: 10 });
  for (const item of 'abc') void calls.call(item);
  expect(items()).toEqual([['a'], ['b'], ['c']]);
});
