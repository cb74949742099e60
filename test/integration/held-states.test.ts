import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { startRedis } from '../../scripts/services/redis.ts';
import { Secret } from '../../services/common/credentials/secret.ts';
import { AppError, unavailable } from '../../services/common/errors/app-error.ts';
import { TokenStateCache } from '../../services/common/token-state/cache.ts';
import { RedisConnection } from '../../services/common/token-state/redis-connection.ts';
import { AnswerPath } from '../../services/introspection/source/answer-path.ts';
import { ManualClock } from '../support/manual-clock.ts';

const READY_MS = 10_000;
const PAST_FRESHNESS_S = 120;
/** Of the circuit around refreshes. */
const FAILURES_TO_OPEN = 5;
const ANSWER = 'the answer';
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A path to an auth-server that is not there, over a Redis that its commands cannot reach and its reads can. */
async function pathOf(clock: ManualClock) {
  const server = await startRedis();
  closing.push(() => server.stop());
  const redis = { url: server.url, keyPrefix: 'held:', commandTimeoutMs: READY_MS };
  const commands = new RedisConnection(redis);
  closing.push(() => commands.close());
  const path = new AnswerPath(
    {
      redis,
      authServer: { addresses: ['127.0.0.1:1'], serviceToken: new Secret('none'), timeoutMs: 1_000 },
      misses: { concurrency: 10, queueLength: 10 },
    },
    clock,
    {
      cache: () => ({ read: () => Promise.reject(unavailable('cut')), fill: () => Promise.reject(unavailable('cut')) }),
    },
  );
  closing.push(() => path.close());
  await Promise.all([path.waitForRedis(READY_MS), commands.waitUntilReady(READY_MS)]);
  return { path, cache: new TokenStateCache(commands, clock) };
}

const answer = (path: AnswerPath, hash: Buffer, clock: ManualClock) =>
  new Promise<string>((resolve, reject) => {
    path.hits.answer(hash, clock.now() + 1_000, {
      answer: (bytes) => resolve(Buffer.from(bytes).toString()),
      fail: reject,
    });
  });

test('a state past its freshness is the answer while neither auth-server nor the cache can be asked again', async () => {
  const clock = new ManualClock();
  const { path, cache } = await pathOf(clock);
  const hash = randomBytes(32);
  const read = await cache.read(hash);
  if (read.lease !== undefined) await cache.fill(read.lease, Buffer.from(ANSWER), 0);
  clock.advance(PAST_FRESHNESS_S);
  expect(await answer(path, hash, clock)).toBe(ANSWER);
  expect(path.counts).toMatchObject({ fresh: 0, kept: 1, unreachable: 1 });
  // Once that is known, nothing but the one read is tried for it any more.
  for (let question = 1; question < FAILURES_TO_OPEN + 3; question++)
    expect(await answer(path, hash, clock)).toBe(ANSWER);
  expect(path.counts).toMatchObject({ fresh: 0, kept: FAILURES_TO_OPEN + 3, unreachable: FAILURES_TO_OPEN });
});

test('what has no state is not answered', async () => {
  const clock = new ManualClock();
  const { path } = await pathOf(clock);
  await expect(answer(path, randomBytes(32), clock)).rejects.toBeInstanceOf(AppError);
});
