import { type IntrospectionClient, IntrospectionUnavailable } from '@featureos/introspection-client';
import { beforeEach, expect, test } from 'vitest';
import { invalidRequest, unavailable } from '#common/errors/app-error.ts';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { active, inactive, ownReplica, type Replica, SERVICE_TOKEN } from '../gateway/support/replica.ts';
import { SLACK_MS } from '../gateway/support/slack.ts';
import { ownClient } from './own-client.ts';

const TIMEOUT_MS = 1_000;
/** Long enough that batches are sent because they are full or a call returns, never because of the time. */
const MAX_WAIT_MS = 10_000;

let replica: Replica;
let client: IntrospectionClient;

beforeEach(async () => {
  replica = await ownReplica({ good: active(['posts:read']), bad: inactive(InactiveReason.REVOKED) });
  const coalescing = { maxBatch: 8, maxWaitMs: MAX_WAIT_MS };
  client = ownClient([replica.address], { timeoutMs: TIMEOUT_MS, coalescing });
});

const introspectAll = (tokens: string[]) => Promise.allSettled(tokens.map((token) => client.introspect(token)));

const outcomes = async (tokens: string[]) =>
  (await introspectAll(tokens)).map((result) => (result.status === 'fulfilled' ? result.value.active : result.reason));

test('concurrent introspections share a call, and each gets the response for its own token', async () => {
  expect(await outcomes(['good', 'bad', 'good', 'nobody knows', 'good'])).toEqual([true, false, true, false, true]);
  expect(replica.tokens).toEqual(['good']);
  expect(replica.batches).toEqual([['bad', 'good', 'nobody knows', 'good']]);
});

test('a token that is too long for an access token is sent alone, and an oversize one not at all', async () => {
  const long = 'x'.repeat(1_000);
  await introspectAll(['good', long, 'x'.repeat(3_000), 'bad', 'bad']);
  expect(replica.tokens.toSorted()).toEqual(['good', long].toSorted());
  expect(replica.batches).toEqual([['bad', 'bad']]);
});

test('the tokens of an undecided batch are introspected separately, so that one does not fail the others', async () => {
  replica.beforeBatch = () => Promise.reject(unavailable('one of them is not cached, and auth-server is gone'));
  replica.before = async () => {
    if (replica.tokens.at(-1) === 'bad') throw unavailable('not cached, and auth-server is gone');
  };
  const [first, second, third] = await outcomes(['good', 'good', 'bad']);
  expect([first, second]).toEqual([true, true]);
  expect(third).toBeInstanceOf(IntrospectionUnavailable);
  expect(replica.batches).toHaveLength(1);
});

test('any other failure of a batch is an outage for all its tokens, which are not sent again', async () => {
  replica.beforeBatch = () => Promise.reject(invalidRequest('no'));
  const [first, ...others] = await outcomes(['good', 'good', 'good']);
  expect(first).toBe(true);
  expect(others).toEqual([expect.any(IntrospectionUnavailable), expect.any(IntrospectionUnavailable)]);
  expect(replica.tokens).toEqual(['good']);
});

test('a service token that becomes invalid is an outage for an introspection that waits', async () => {
  let serviceToken = SERVICE_TOKEN;
  const coalescing = { maxBatch: 8, maxWaitMs: MAX_WAIT_MS };
  client = ownClient([replica.address], { coalescing, serviceToken: { reveal: () => serviceToken } });
  replica.before = async () => {
    serviceToken = 'not a token';
  };
  const [sent, waiting] = await outcomes(['good', 'good']);
  expect(sent).toBe(true);
  expect(waiting).toBeInstanceOf(IntrospectionUnavailable);
});

test('an empty response is an outage for its own token only', async () => {
  replica.responses.set('broken', {});
  const [, broken, good] = await outcomes(['good', 'broken', 'good']);
  expect(broken).toBeInstanceOf(IntrospectionUnavailable);
  expect(good).toBe(true);
});

test('a batch that hangs for one token leaves time to introspect the others alone', async () => {
  replica.responses.set('slow', active([]));
  const hang = () => new Promise<never>(() => {});
  replica.beforeBatch = hang;
  replica.before = async () => {
    if (replica.tokens.at(-1) === 'slow') await hang();
  };
  const [, bad, slow, good] = await outcomes(['good', 'bad', 'slow', 'good']);
  expect([bad, good]).toEqual([false, true]);
  expect(slow).toBeInstanceOf(IntrospectionUnavailable);
  expect(replica.batches).toHaveLength(1);
});

test('no call waits beyond its deadline, in a batch or after it', async () => {
  replica.beforeBatch = () => new Promise(() => {});
  replica.before = async () => {
    if (replica.tokens.length > 1) await new Promise(() => {});
  };
  const startedAt = performance.now();
  const [, ...others] = await outcomes(['good', 'good', 'good']);
  expect(others).toEqual([expect.any(IntrospectionUnavailable), expect.any(IntrospectionUnavailable)]);
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
});

test.each([0, 1.5, 101])('rejects batches of %d tokens', (maxBatch) => {
  expect(() => ownClient(['127.0.0.1:1'], { coalescing: { maxBatch, maxWaitMs: 1 } })).toThrow(RangeError);
});
