/** A Redis replica is attached, detached or promoted while connections stay open: a completed disconnect stays effective. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisNode } from '../support/redis-node.ts';
import { expectStatus, type World } from '../support/world.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { AuthServerNode, ReplicaNode } from './cluster/nodes.ts';
import { clusterOf } from './suite.ts';
import { cachedInstall, newInstall } from './workload/cached-install.ts';

type Services = readonly (AuthServerNode | ReplicaNode)[];

const POLL = { timeout: 30_000, interval: 50 };

const cluster = clusterOf();
let world: World;
let first: RedisNode;
let second: RedisNode;

beforeAll(async () => {
  first = cluster.current.redis;
  await first.command('CONFIG', 'SET', 'repl-backlog-ttl', 1);
  world = await cluster.current.world(cluster.current.main).seed();
});
beforeEach(async () => {
  second = await RedisNode.start();
});
afterEach(async () => {
  cluster.current.heal();
  lookUpAt(cluster.current.main);
  await first.promote();
  await reconnect(cluster.current.services, first);
  await second.stop();
  // The next replica changes the replication ID of the primary only if there is no backlog.
  await expect.poll(() => first.replicationInfo('repl_backlog_active'), POLL).toBe('0');
});

/** Cuts the services' connections to Redis. Resolves when they are connected again, to the server `to` if it is set. */
async function reconnect(services: Services, to?: RedisNode): Promise<void> {
  for (const { redis } of services) {
    const { connections } = redis;
    if (to !== undefined) redis.switchTo(to.port);
    redis.cut();
    await expect.poll(() => redis.connections, POLL).toBe(connections);
  }
}

/** Lets all replicas load states from that auth-server. */
function lookUpAt({ internalPort }: AuthServerNode): void {
  for (const { authServer } of cluster.current.replicas) {
    authServer.switchTo(internalPort);
    authServer.cut();
  }
}

/** Both change the replication ID of the primary: `attach` at once, `detach` when the backlog has expired. */
const attach = () => changeReplicationId(() => second.follow(first));
const detach = () => changeReplicationId(() => second.promote());

async function changeReplicationId(work: () => Promise<void>): Promise<void> {
  const replicationId = () => first.replicationInfo('master_replid');
  const before = await replicationId();
  await work();
  await expect.poll(replicationId, POLL).not.toBe(before);
}

/** Makes `to` the primary and `from` its replica. Connections stay. */
async function failOver(from: RedisNode, to: RedisNode): Promise<void> {
  await to.promote();
  await from.follow(to);
}

const RECONNECTED: [string, (cluster: Cluster) => Services][] = [
  ['one introspection replica reconnected', ({ replicas }) => replicas.slice(0, 1)],
  ['auth-server reconnected', ({ main }) => [main]],
  ['no process reconnected', () => []],
];

test.each(RECONNECTED)('a disconnect holds after a Redis replica was attached and %s', async (_who, servicesOf) => {
  const installed = await cachedInstall(cluster.current, world);
  await attach();
  await reconnect(servicesOf(cluster.current));
  await installed.warmUp();
  expectStatus(204, await installed.disconnect());
  await installed.expectInactive();
});

test.each(
  RECONNECTED,
)('a disconnect holds after a Redis replica was detached, %s, and the Redis replica attached again', async (_who, servicesOf) => {
  await attach();
  const installed = await cachedInstall(cluster.current, world);
  await detach();
  await reconnect(servicesOf(cluster.current));
  await installed.warmUp();
  await attach();
  await installed.warmUp();
  expectStatus(204, await installed.disconnect());
  await installed.expectInactive();
});

test('does not complete a disconnect at a demoted Redis', async () => {
  const [main, other] = cluster.current.authServers as [AuthServerNode, AuthServerNode];
  await second.follow(first);
  // The token is not cached at the old primary: a drop must fail there even if the key is missing.
  const installed = await newInstall(cluster.current, world);
  await failOver(first, second);
  await reconnect(cluster.current.replicas, second);
  // The auth-server that gets the disconnect cannot reach Redis. The other one stays connected to the old primary; only its
  // next connection leads to the new one.
  main.redis.refuse();
  other.redis.switchTo(second.port);
  await installed.warmUp();
  expect((await installed.disconnect()).body).toMatchObject({ reason: 'PROPAGATION_PENDING' });
  await installed.disconnectEventually();
  await installed.expectInactive();
});

test('a disconnect holds after a failover without notice to clients, and so does one after the failover back', async () => {
  await second.follow(first);
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    const installed = await cachedInstall(cluster.current, world);
    await failOver(from, to);
    for (const { redis } of cluster.current.services) redis.switchTo(to.port);
    await installed.warmUp();
    await installed.disconnectEventually();
    await installed.expectInactive();
  }
});

/**
 * Demotes the first server and promotes it again, each time with its replica in sync, so that nothing is lost. Meanwhile the
 * `staying` services connect to no other server.
 */
async function demoteAndPromote(staying: Services, whileDemoted: () => Promise<unknown>): Promise<void> {
  const others = cluster.current.services.filter((service) => !staying.includes(service));
  await failOver(first, second);
  await reconnect(others, second);
  await whileDemoted();
  await failOver(second, first);
  await reconnect(others, first);
}

test('a disconnect holds after a demotion and a promotion that introspection did not notice', async () => {
  await second.follow(first);
  const installed = await cachedInstall(cluster.current, world);
  await demoteAndPromote(cluster.current.replicas, async () => expectStatus(204, await installed.disconnect()));
  await installed.expectInactive();
});

test('a disconnect holds after a demotion and a promotion of the Redis at which auth-server stays', async () => {
  const [main, other] = cluster.current.authServers as [AuthServerNode, AuthServerNode];
  await second.follow(first);
  const installed = await cachedInstall(cluster.current, world);
  // At a look-up, the auth-server that gets the disconnect would notice that its Redis was demoted or has a new generation.
  lookUpAt(other);
  await demoteAndPromote([main], () => installed.warmUp());
  await installed.warmUp();
  await installed.disconnectEventually();
  await installed.expectInactive();
});
