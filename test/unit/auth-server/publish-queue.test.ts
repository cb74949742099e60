import { expect, test } from 'vitest';
import type { NewEvent, PublishResult } from '../../../services/auth-server/domain/webhook/event-store.ts';
import { PublishQueue } from '../../../services/auth-server/domain/webhook/publish-queue.ts';

const event = (idempotencyKey: string): NewEvent => ({
  organizationId: 1,
  type: 'post_created',
  body: '{}',
  idempotencyKey,
  digest: Buffer.of(1),
});
const published = (key: string): PublishResult => ({ eventId: key, digest: Buffer.of(1), deliveries: 0 });
const keys = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

/** Keeps every batch until the test completes it. */
class ManualStore {
  readonly batches: string[][] = [];
  readonly #pending: { complete: () => void; fail: (error: unknown) => void }[] = [];
  readonly queue = new PublishQueue(
    (events) =>
      new Promise((resolve, reject) => {
        const batch = events.map(({ idempotencyKey }) => idempotencyKey);
        this.batches.push(batch);
        this.#pending.push({ complete: () => resolve(batch.map(published)), fail: reject });
      }),
  );

  publishAll(all: readonly string[]): Promise<PromiseSettledResult<PublishResult>[]> {
    return Promise.allSettled(all.map((key) => this.queue.publish(event(key))));
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

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('publishes a single event at once, and batches later ones with their own results', async () => {
  const store = new ManualStore();
  const results = store.publishAll(['a', 'b', 'c']);
  expect(store.batches).toEqual([['a']]);
  await store.complete();
  expect(store.batches).toEqual([['a'], ['b', 'c']]);
  await store.complete();
  expect(await results).toEqual(['a', 'b', 'c'].map((key) => ({ status: 'fulfilled', value: published(key) })));
});

test('a batch has at most 64 events', async () => {
  const store = new ManualStore();
  const results = store.publishAll(keys(130));
  for (let batch = 0; batch < 4; batch++) await store.complete();
  expect(store.batches.map(({ length }) => length)).toEqual([1, 64, 64, 1]);
  expect((await results).every(({ status }) => status === 'fulfilled')).toBe(true);
});

test('after a failed batch each event gets its own result or error before the next batch starts', async () => {
  const store = new ManualStore();
  const results = store.publishAll(['first', 'a', 'bad', 'b']);
  await store.complete();
  await store.fail(new Error('of the batch'));
  const later = store.queue.publish(event('later'));
  expect(store.batches.slice(2)).toEqual([['a'], ['bad'], ['b']]);
  await store.complete();
  await store.fail(new Error('its own'));
  await store.complete();
  expect(await results).toMatchObject([
    { value: { eventId: 'first' } },
    { value: { eventId: 'a' } },
    { reason: { message: 'its own' } },
    { value: { eventId: 'b' } },
  ]);
  expect(store.batches.at(-1)).toEqual(['later']);
  await store.complete();
  expect(await later).toEqual(published('later'));
});

test('rejects an event while a thousand are queued', async () => {
  const store = new ManualStore();
  void store.publishAll(keys(1_001));
  await expect(store.queue.publish(event('one more'))).rejects.toMatchObject({ extras: { retryAfterSeconds: 1 } });
});
