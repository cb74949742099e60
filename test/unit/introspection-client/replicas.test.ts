import { type IntrospectionClient, IntrospectionUnavailable } from '@featureos/introspection-client';
import { beforeEach, expect, test } from 'vitest';
import { unavailable } from '#common/errors/app-error.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { active, ownReplica, portOf, type Replica } from '../gateway/support/replica.ts';
import { SLACK_MS } from '../gateway/support/slack.ts';
import { ownClient } from './own-client.ts';

const TIMEOUT_MS = 1_000;
const RESPONSES = { token: active(['posts:read']) };

let replicas: [Replica, Replica];

beforeEach(async () => {
  replicas = [await ownReplica(RESPONSES), await ownReplica(RESPONSES)];
});

const clientOf = (addresses = replicas.map(({ address }) => address)) =>
  ownClient(addresses, { timeoutMs: TIMEOUT_MS, coalescing: { maxBatch: 32, maxWaitMs: 1 } });

/** Calls until both replicas have received a call, so that both connections are ready. */
async function warmUp(client: IntrospectionClient): Promise<void> {
  await expect
    .poll(async () => {
      await client.introspect('token');
      return replicas.every(({ tokens }) => tokens.length > 0);
    })
    .toBe(true);
  for (const { tokens } of replicas) tokens.length = 0;
}

test('calls go to all replicas in turn', async () => {
  const client = clientOf();
  await warmUp(client);
  for (let call = 0; call < 10; call++) await client.introspect('token');
  expect(replicas.map(({ tokens }) => tokens.length)).toEqual([5, 5]);
});

test('no call fails when a replica crashes', async () => {
  const client = clientOf();
  await warmUp(client);
  let isKilled = false;
  const killed = replicas[0].kill().then(() => {
    isKilled = true;
  });
  while (!isKilled) expect((await client.introspect('token')).active).toBe(true);
  await killed;
  for (let call = 0; call < 20; call++) expect((await client.introspect('token')).active).toBe(true);
});

test('no call fails with a replica that is down from the start', async () => {
  await replicas[0].kill();
  const client = clientOf();
  for (let call = 0; call < 20; call++) expect((await client.introspect('token')).active).toBe(true);
});

test('a call that fails at one replica is retried at the other', async () => {
  const client = clientOf();
  await warmUp(client);
  replicas[0].before = () => Promise.reject(unavailable('my Redis is gone'));
  for (let call = 0; call < 100; call++) expect((await client.introspect('token')).active).toBe(true);
});

test('all down: an outage within the deadline, and responses again once one is up', async () => {
  const client = clientOf();
  await warmUp(client);
  for (const replica of replicas) await replica.kill();
  const startedAt = performance.now();
  await expect(client.introspect('token')).rejects.toThrow(IntrospectionUnavailable);
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);

  const [first] = replicas;
  await ownReplica(RESPONSES, { port: portOf(first) });
  const response = () => client.introspect('token').catch(() => 'outage');
  await expect.poll(response, { timeout: 5_000 }).toMatchObject({ active: true });
});

test('no call fails once a replica can be reached again, although the last attempts to connect have failed', async () => {
  const { address } = replicas[0];
  const clients = Array.from({ length: 8 }, () => clientOf([address]));
  await replicas[0].kill();
  for (let round = 0; round < 3; round++) {
    const calls = clients.map((client) => client.introspect('token'));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  }
  await ownReplica(RESPONSES, { port: portOf(replicas[0]) });
  const responses = await Promise.all(clients.map((client) => client.introspect('token')));
  expect(responses.every(({ active: isActive }) => isActive)).toBe(true);
});

test('a replica whose connection hangs is detected by keepalive and gets no more calls', async () => {
  const proxy = await FaultProxy.start(portOf(replicas[0]));
  const client = clientOf([proxy.address, replicas[1].address]);
  await warmUp(client);
  proxy.hang();
  // Keepalive sends a PING after at most 2 s and gives up 1 s later; afterwards no call goes to that replica.
  await new Promise((resolve) => setTimeout(resolve, 3_300));
  for (let call = 0; call < 10; call++) expect((await client.introspect('token')).active).toBe(true);
  await proxy.stop();
}, 10_000);

test('introspection is serving as long as one of its replicas is', async () => {
  const client = clientOf();
  expect(await client.isServing()).toBe(true);
  replicas[0].isServing = false;
  expect(await client.isServing()).toBe(true);
  replicas[1].isServing = false;
  expect(await client.isServing()).toBe(false);
  for (const replica of replicas) await replica.kill();
  expect(await client.isServing()).toBe(false);
});

test('in an outage there is little more than one call for each introspection', async () => {
  for (const replica of replicas) replica.before = () => Promise.reject(unavailable('no replica can respond'));
  const client = clientOf();
  for (let call = 0; call < 100; call++) {
    await expect(client.introspect('token')).rejects.toThrow(IntrospectionUnavailable);
  }
  const calls = replicas.flatMap((replica) => replica.tokens).length;
  // Calls are retried until about 50 attempts have failed, which is half of the retry tokens (gRFC A6).
  expect(calls).toBeGreaterThan(100);
  expect(calls).toBeLessThan(160);
});
