/** Sentinels fail over while the previous primary still accepts reads and writes, and some processes are connected to it. */
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { RedisNode } from '../support/redis-node.ts';
import { expectStatus, type World } from '../support/world.ts';
import { testSuite } from './suite.ts';
import { cachedInstall } from './workload/cached-install.ts';

const POLL = { timeout: 30_000, interval: 50 };

const cluster = testSuite('sentinels');
let world: World;

beforeAll(async () => {
  world = await cluster.current.world(cluster.current.main).seed();
});
afterEach(async () => {
  const { redis, failover } = cluster.current;
  for (const node of [redis, failover.replica]) await expect.poll(() => isInSync(node), POLL).toBe(true);
});

/** Whether it is a primary with a replica, or a replica in sync. */
async function isInSync(node: RedisNode): Promise<boolean> {
  const [role, replicas, link] = await Promise.all(
    ['role', 'connected_slaves', 'master_link_status'].map((field) => node.replicationInfo(field)),
  );
  return role === 'master' ? replicas === '1' : link === 'up';
}

/** Fails over to the replica and returns the previous primary, which has not been demoted. */
async function failOver(): Promise<RedisNode> {
  const { redis, failover } = cluster.current;
  const [primary, replica] =
    (await redis.replicationInfo('role')) === 'master' ? [redis, failover.replica] : [failover.replica, redis];
  await failover.sentinels.ready();
  await failover.sentinels.failOver(replica);
  expect(await primary.replicationInfo('role')).toBe('master');
  return primary;
}

test('introspection at the previous primary sees a disconnect that was completed at the new one', {
  timeout: 240_000,
}, async () => {
  const installed = await cachedInstall(cluster.current, world);
  const previous = await failOver();
  await previous.killConnectionsOf('auth-server');
  await installed.disconnectEventually();
  await installed.expectInactive();
});

test('introspection at the new primary sees a disconnect of an auth-server that was at the previous one', {
  timeout: 240_000,
}, async () => {
  const installed = await cachedInstall(cluster.current, world);
  const previous = await failOver();
  await previous.killConnectionsOf('introspection');
  await installed.warmUp();
  const first = await installed.disconnect();
  if (first.status !== 204) await installed.disconnectEventually();
  await installed.expectInactive();
  expectStatus(204, await installed.disconnect());
});
