/** A Redis replica comes and goes, or takes over, while connections stay: a change that has succeeded is seen everywhere. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectStatus, type World } from '../support/world.ts';
import type { AuthNode } from './harness/auth-node.ts';
import type { Cluster } from './harness/cluster.ts';
import { activeAnswers, worldOf } from './harness/cluster-world.ts';
import { RedisNode } from './harness/redis-node.ts';
import type { ReplicaNode } from './harness/replica-node.ts';
import { clusterOf } from './suite.ts';

const ASKED = 20;
const WARM = 4;
const PATIENCE = { timeout: 30_000, interval: 50 };

const cluster = clusterOf({ cluster: { authServers: 2 }, scenarios: [] });
let world: World;
/** A second Redis server of each test. */
let second: RedisNode;

beforeAll(async () => {
  await cluster.current.redis.command('CONFIG', 'SET', 'repl-backlog-ttl', 1);
  world = await worldOf(cluster.current, cluster.current.main).seed();
});
beforeEach(async () => {
  second = await RedisNode.start();
});
afterEach(async () => {
  const { redis, authServers, replicas } = cluster.current;
  cluster.current.heal();
  await redis.promote();
  for (const node of [...authServers, ...replicas]) await connectAnew(node, redis);
  await second.stop();
  // Only without a backlog does the next replica change its identity.
  await expect.poll(() => redis.info('replication', 'repl_backlog_active'), PATIENCE).toBe('0');
});

/** An install of an app of its own. */
async function installed(): Promise<{ token: string; installId: string }> {
  const app = await world.registerApp();
  const { access_token: token } = await world.install(app);
  return { token, installId: await world.installId(app) };
}

/** The same, and every replica has the token in the cache. */
async function cached(): Promise<{ token: string; installId: string }> {
  const install = await installed();
  await warm(install.token);
  return install;
}

/** Asks until every replica has said several times that the token is active. */
async function warm(token: string): Promise<void> {
  const { replicas } = cluster.current;
  for (let time = 0; time < WARM; time++) {
    await expect.poll(() => activeAnswers(cluster.current, token, 1), PATIENCE).toBe(replicas.length);
  }
}

/** Resolves when the process is connected again, to `to` if given. */
async function connectAnew({ redis }: AuthNode | ReplicaNode, to?: RedisNode): Promise<void> {
  const { connections } = redis;
  if (to !== undefined) redis.switchTo(to.port);
  redis.cut();
  await expect.poll(() => redis.connections, PATIENCE).toBe(connections);
}

const identity = (server: RedisNode) => server.info('replication', 'master_replid');

async function attach(): Promise<void> {
  const before = await identity(cluster.current.redis);
  await second.follow(cluster.current.redis);
  expect(await identity(cluster.current.redis)).not.toBe(before);
}

/** For longer than the primary keeps its backlog, which ends its identity a second time. */
async function detach(): Promise<void> {
  const { redis } = cluster.current;
  const before = await identity(redis);
  await second.promote();
  await expect.poll(() => identity(redis), PATIENCE).not.toBe(before);
}

const CONNECTED_ANEW: Record<string, (cluster: Cluster) => readonly (AuthNode | ReplicaNode)[]> = {
  'one replica is': ({ replicas }) => replicas.slice(0, 1),
  'auth-server is': ({ main }) => [main],
  'nobody is': () => [],
};

test.each(
  Object.entries(CONNECTED_ANEW),
)('a disconnect holds after Redis was given a replica and %s connected anew', async (_who, nodes) => {
  const { token, installId } = await cached();
  await attach();
  for (const node of nodes(cluster.current)) await connectAnew(node);
  await warm(token);
  expectStatus(204, await world.disconnect(installId));
  expect(await activeAnswers(cluster.current, token, ASKED)).toBe(0);
});

test.each(
  Object.entries(CONNECTED_ANEW),
)("a disconnect holds after Redis' replica was away for long, came back, and %s connected anew", async (_who, nodes) => {
  await attach();
  const { token, installId } = await cached();
  await detach();
  for (const node of nodes(cluster.current)) await connectAnew(node);
  await warm(token);
  await attach();
  await warm(token);
  expectStatus(204, await world.disconnect(installId));
  expect(await activeAnswers(cluster.current, token, ASKED)).toBe(0);
});

test('a demoted Redis is no place to make a disconnect visible', async () => {
  const { redis: first, authServers, replicas } = cluster.current;
  const [main, other] = authServers as [AuthNode, AuthNode];
  await second.follow(first);
  // Not in the cache of the old primary: what is not there can be deleted on a server that takes no writes.
  const { token, installId } = await installed();
  await second.promote();
  await first.follow(second);
  for (const replica of replicas) await connectAnew(replica, second);
  // The one that is asked to disconnect cannot reach Redis at all; the other one finds the new primary if it looks for it.
  main.redis.refuse();
  other.redis.switchTo(second.port);
  await warm(token);
  expect((await world.disconnect(installId)).body).toMatchObject({ reason: 'PROPAGATION_PENDING' });
  await expect.poll(async () => (await world.disconnect(installId)).status, PATIENCE).toBe(204);
  expect(await activeAnswers(cluster.current, token, ASKED)).toBe(0);
});

test('a disconnect holds when Redis has failed over to its replica and back, and nobody was told', async () => {
  const { redis: first, authServers, replicas } = cluster.current;
  await second.follow(first);
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    const { token, installId } = await cached();
    await to.promote();
    await from.follow(to);
    for (const { redis } of [...authServers, ...replicas]) redis.switchTo(to.port);
    await warm(token);
    await expect.poll(async () => (await world.disconnect(installId)).status, PATIENCE).toBe(204);
    expect(await activeAnswers(cluster.current, token, ASKED)).toBe(0);
  }
});

/** Who is connected to the first server all the time and asks it nothing while it is not the primary. */
const IDLE: Record<string, (cluster: Cluster) => readonly (AuthNode | ReplicaNode)[]> = {
  'the replicas': ({ replicas }) => replicas,
  'auth-server': ({ main }) => [main],
};

test.each(
  Object.entries(IDLE),
)('a disconnect holds when Redis was demoted and is the primary again, and %s did not notice', async (_who, idle) => {
  const { redis: first, authServers, replicas } = cluster.current;
  await second.follow(first);
  const { token, installId } = await cached();
  const others = [...authServers, ...replicas].filter((node) => !idle(cluster.current).includes(node));
  await second.promote();
  await first.follow(second);
  for (const node of others) await connectAnew(node, second);
  const isAuthServerIdle = idle(cluster.current).includes(cluster.current.main);
  if (isAuthServerIdle) await warm(token);
  else expectStatus(204, await world.disconnect(installId));
  // In step with each other until the last moment, so that nothing is lost.
  await first.promote();
  await second.follow(first);
  for (const node of others) await connectAnew(node, first);
  if (isAuthServerIdle) {
    await warm(token);
    await expect.poll(async () => (await world.disconnect(installId)).status, PATIENCE).toBe(204);
  }
  expect(await activeAnswers(cluster.current, token, ASKED)).toBe(0);
});
