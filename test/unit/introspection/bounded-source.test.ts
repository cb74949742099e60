import { expect, test, vi } from 'vitest';
import { BoundedSource } from '../../../services/introspection/source/bounded-source.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const HASH = Buffer.alloc(32);
const NEVER = Number.POSITIVE_INFINITY;

/** A source that answers when it is told. */
function slowSource() {
  const answers: (() => void)[] = [];
  return {
    answers,
    answer: () =>
      new Promise<{ bytes: Uint8Array; expiresAt: number }>((resolve) =>
        answers.push(() => resolve({ bytes: new Uint8Array(), expiresAt: 0 })),
      ),
  };
}

test('whoever waits gets a place in the order of coming', async () => {
  const source = slowSource();
  const bounded = new BoundedSource(source, { concurrency: 1, queueLength: 2 }, new ManualClock());
  const order: number[] = [];
  const asked = [0, 1, 2].map((index) => bounded.answer(HASH, NEVER).then(() => order.push(index)));
  await expect(bounded.answer(HASH, NEVER)).rejects.toThrow('too many');
  for (let index = 0; index < 3; index++) {
    await vi.waitUntil(() => source.answers.length > index);
    source.answers[index]?.();
  }
  await Promise.all(asked);
  expect(order).toEqual([0, 1, 2]);
});

test('a place in the queue is given up at the deadline, and is free for others', async () => {
  const source = slowSource();
  const clock = new ManualClock();
  const bounded = new BoundedSource(source, { concurrency: 1, queueLength: 1 }, clock);
  const first = bounded.answer(HASH, NEVER);
  await expect(bounded.answer(HASH, clock.now())).rejects.toThrow('in time');
  const next = bounded.answer(HASH, NEVER);
  source.answers[0]?.();
  await first;
  await vi.waitUntil(() => source.answers.length === 2);
  source.answers[1]?.();
  await next;
});
