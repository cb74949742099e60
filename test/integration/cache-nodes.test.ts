/**
 * Tokens distributed over three Redis primaries, and changes of the list of primaries (docs/adr/0020). The tests run in order:
 * each starts with the list that the previous one has left.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { type NodeAction, NodeChange } from '../../services/auth-server/cache-node-change.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { TokenStateNodes } from '../../services/auth-server/token-state/token-state-nodes.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { isState } from '../../services/common/token-state/entry.ts';
import { Generation, recordKey } from '../../services/common/token-state/generation.ts';
import { tokenKey } from '../../services/common/token-state/keys.ts';
import { NodeList } from '../../services/common/token-state/node-list.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { RedisNode } from '../support/redis-node.ts';
import { runScript } from '../support/run-script.ts';
import { sumOf } from '../support/scrape.ts';
import { type System, startSystem } from '../support/system.ts';
import { expectStatus, type RegisteredApp, World } from '../support/world.ts';

const NAMES = ['main', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];
const REPLICAS = 3;
const POLL = { timeout: 20_000, interval: 20 };

let servers: Record<Name, RedisNode>;
let system: System;
let world: World;
let nodes: TokenStateNodes;
let db: ReturnType<typeof openDatabase>;

const urlsOf = (...names: readonly Name[]) =>
  names.map((name) => `${name}=redis://127.0.0.1:${servers[name].port}`).join(' ');

beforeAll(async () => {
  const [main, b, c] = (await Promise.all(NAMES.map(() => RedisNode.start()))) as [RedisNode, RedisNode, RedisNode];
  servers = { main, b, c };
  const redisUrl = urlsOf(...NAMES);
  // The last replica does not have the URL of c.
  const replicaRedisUrls = [redisUrl, redisUrl, urlsOf('main', 'b')];
  system = await startSystem({ redisUrl, replicaRedisUrls, replicas: REPLICAS, propagationTimeoutMs: 200 });
  world = await new World(system).seed();
  nodes = new TokenStateNodes({ ...system.redis, commandTimeoutMs: 1_000 });
  db = openDatabase({ url: system.databaseUrl, poolSize: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 });
});
afterAll(async () => {
  nodes?.close();
  await db?.destroy();
  await system?.stop();
  await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
});

const changeList = (action: NodeAction, name: Name, isLost = false) =>
  new NodeChange(db, nodes).run(action, name, isLost);

/** Runs the script behind `npm run cache-nodes`. */
const cacheNodes = (...words: string[]) =>
  runScript('services/auth-server/cache-nodes.ts', words, {
    DATABASE_URL: system.databaseUrl,
    REDIS_URL: system.redis.url,
    REDIS_KEY_PREFIX: system.redis.keyPrefix,
  });

interface Installed {
  readonly app: RegisteredApp;
  readonly token: string;
  readonly installId: string;
}

async function install(): Promise<Installed> {
  const app = await world.registerApp();
  const { access_token: token } = await world.install(app);
  return { app, token, installId: await world.installId(app) };
}

/** An install whose token belongs to this node when all three are active. */
async function installAt(name: Name): Promise<Installed> {
  for (;;) {
    const installed = await install();
    if (new NodeList(NAMES).homeOf(hashCredential(installed.token)) === name) return installed;
  }
}

/** Whether a node has the state of a token in its current generation. */
async function isCachedAt(name: Name, token: string): Promise<boolean> {
  const { client } = nodes.connection(name);
  const { keyPrefix } = system.redis;
  const record = await client.get(recordKey(keyPrefix));
  if (record === null) return false;
  const generation = new Generation(keyPrefix, record);
  const entry = await client.getBuffer(generation.key(tokenKey(hashCredential(token))));
  return entry !== null && isState(entry);
}

async function nodesWith(token: string): Promise<Name[]> {
  const found = await Promise.all(NAMES.map((name) => isCachedAt(name, token)));
  return NAMES.filter((_, index) => found[index]);
}

/** `active` in the response of each replica. */
async function activeEverywhere({ token }: Installed): Promise<boolean[]> {
  return (await world.introspectEverywhere(token)).map(({ active }) => active);
}

/** Introspects everywhere until exactly this node has the state. */
async function cacheAt(name: Name, installed: Installed): Promise<void> {
  const cached = async () => {
    await activeEverywhere(installed);
    return nodesWith(installed.token);
  };
  await expect.poll(cached, POLL).toEqual([name]);
}

const unreachableAt = (address: string, cache_node: Name) =>
  sumOf(address, 'introspection_redis_unreachable', { cache_node });
/** How many fresh states the first replica has read from the nodes, all nodes together. */
const readsFromNodes = () =>
  sumOf(system.metrics.introspection[0] as string, 'introspection_cache_reads_total', { result: 'fresh' });

const ALL_ACTIVE = Array.from({ length: REPLICAS }, () => true);
const NONE_ACTIVE = ALL_ACTIVE.map(() => false);

test('the list in a new database has only the node main', async () => {
  const installed = await installAt('b');
  await cacheAt('main', installed);
  expectStatus(204, await world.disconnect(installed.installId));
  expect(await activeEverywhere(installed)).toEqual(NONE_ACTIVE);
});

test('an added node takes over its tokens, and changes also invalidate the nodes that had them before', async () => {
  const installed = await installAt('b');
  await cacheAt('main', installed);
  expect(await changeList('add', 'b')).toEqual({ active: ['main', 'b'], draining: [] });
  expectStatus(204, await world.disconnect(installed.installId));
  expect(await activeEverywhere(installed)).toEqual(NONE_ACTIVE);
  await changeList('add', 'c');
  await cacheAt('b', await installAt('b'));
});

describe.each(NAMES)('a token of the node %s', (name) => {
  beforeEach(() => nodes.untilReady(10_000));

  const CHANGES: Record<string, (installed: Installed) => Promise<unknown>> = {
    'the disconnect': async ({ installId }) => expectStatus(204, await world.disconnect(installId)),
    'the suspension of its app': ({ app }) => world.suspendApp(app),
  };
  test.each(Object.entries(CHANGES))('is inactive on every replica after %s', async (_what, change) => {
    const installed = await installAt(name);
    // The replica without the URL of c caches the tokens of c nowhere.
    await cacheAt(name, installed);
    await change(installed);
    expect(await activeEverywhere(installed)).toEqual(NONE_ACTIVE);
  });

  test('has the narrowed scopes on every replica after its app was narrowed', async () => {
    const installed = await installAt(name);
    await cacheAt(name, installed);
    expectStatus(200, await world.changeApp(installed.app, { declared_scopes: ['posts:read'] }));
    for (const { scopes } of await world.introspectEverywhere(installed.token)) expect(scopes).toEqual(['posts:read']);
  });

  test('is served from its node', async () => {
    const installed = await installAt(name);
    await cacheAt(name, installed);
    const before = await readsFromNodes();
    await world.introspect(installed.token);
    expect(await readsFromNodes()).toBe(before + 1);
  });
});

test('a replica without the URL of a node reports that node as unreachable', async () => {
  await cacheAt('c', await installAt('c'));
  const unreachable = system.metrics.introspection.map((address) => unreachableAt(address, 'c'));
  expect(await Promise.all(unreachable)).toEqual([0, 0, 1]);
});

test('if a node is down, its tokens are read from auth-server, others from their nodes, and changes are pending', async () => {
  const [ofMain, ofC] = [await installAt('main'), await installAt('c')];
  await cacheAt('main', ofMain);
  await cacheAt('c', ofC);
  await servers.c.kill();
  const [firstReplica] = system.metrics.introspection as [string];
  await expect.poll(() => unreachableAt(firstReplica, 'c'), POLL).toBe(1);
  expect(await unreachableAt(firstReplica, 'main')).toBe(0);
  expect(await activeEverywhere(ofC)).toEqual(ALL_ACTIVE);
  const before = await readsFromNodes();
  expect(await activeEverywhere(ofMain)).toEqual(ALL_ACTIVE);
  expect(await readsFromNodes()).toBe(before + 1);

  await expectRpcError(world.suspendApp(ofMain.app), ErrorReason.PROPAGATION_PENDING);
  expect((await world.operator.listPendingInvalidations({})).redisProblem).toContain('cache node c');
  await servers.c.restart('keep');
  await expect.poll(() => world.suspendApp(ofMain.app).then(Boolean, () => false), POLL).toBe(true);
  expect(await activeEverywhere(ofMain)).toEqual(NONE_ACTIVE);
  await nodes.untilReady(10_000);
});

test('an auth-server without the URL of a node is not ready, and its changes are pending', async () => {
  const installed = await installAt('c');
  await cacheAt('c', installed);
  const other = await startAuthServer(system, { REDIS_URL: urlsOf('main', 'b'), PROPAGATION_TIMEOUT_MS: '200' });
  try {
    expect(await other.world.http('GET', '/readyz')).toMatchObject({ status: 503 });
    expectStatus(503, await other.world.disconnect(installed.installId));
  } finally {
    await other.stop();
  }
  await expect.poll(async () => (await world.disconnect(installed.installId)).status, POLL).toBe(204);
  expect(await activeEverywhere(installed)).toEqual(NONE_ACTIVE);
});

test('a node is not removed by a process connected to its previous primary, whose generation has ended', async () => {
  await changeList('drain', 'c');
  // Ends the generation, as a process does that has connected to the new primary. `remove`, whose connection is still to the
  // previous primary, would not end the generation on the new one.
  await servers.c.command('DEL', recordKey(system.redis.keyPrefix));
  await expect(changeList('remove', 'c')).rejects.toThrow('GENERATION has changed');
  expect(await changeList('add', 'c')).toMatchObject({ draining: [] });
});

test('a drained node is removed with its states', async () => {
  const installed = await installAt('c');
  await cacheAt('c', installed);
  await expect(changeList('remove', 'c')).rejects.toThrow('drain it first');
  expect(await changeList('drain', 'c')).toEqual({ active: ['main', 'b'], draining: ['c'] });
  expect(await nodesWith(installed.token)).toEqual(['c']);
  expect(await changeList('remove', 'c')).toEqual({ active: ['main', 'b'], draining: [] });
  await nodes.untilReady(10_000);
  expect(await nodesWith(installed.token)).toEqual([]);
  await servers.c.kill();
  expectStatus(204, await world.disconnect(installed.installId));
  expect(await activeEverywhere(installed)).toEqual(NONE_ACTIVE);
  await servers.c.restart('keep');
  await nodes.untilReady(10_000);
});

test('a node that is lost is removed without being emptied, and emptied when it is added again', async () => {
  const installed = await installAt('c');
  await changeList('add', 'c');
  await cacheAt('c', installed);
  servers.c.pause();
  await changeList('drain', 'c');
  await changeList('remove', 'c', true);
  expectStatus(204, await world.disconnect(installed.installId));
  // Not restarted: a new process has a new generation anyway.
  servers.c.resume();
  await changeList('add', 'c');
  expect(await activeEverywhere(installed)).toEqual(NONE_ACTIVE);
});

test('the only active node cannot be drained, and an active node cannot be added', async () => {
  await changeList('drain', 'b');
  await changeList('drain', 'c');
  await expect(changeList('drain', 'main')).rejects.toThrow('add another one first');
  await expect(changeList('add', 'main')).rejects.toThrow('already active');
});

test('the script `cache-nodes` shows and changes the list, and says what is wrong', async () => {
  expect((await cacheNodes()).stdout).toBe('active: main\ndraining: b, c\n');
  expect((await cacheNodes('remove', 'b')).stdout).toBe('active: main\ndraining: c\n');
  expect((await cacheNodes('add', 'b')).stdout).toBe('active: main, b\ndraining: c\n');
  const failure = (text: string) => ({ code: 1, stderr: expect.stringContaining(text) });
  await expect(cacheNodes('add', 'd')).rejects.toMatchObject(failure('REDIS_URL has no cache node d'));
  await expect(cacheNodes('drain', 'd')).rejects.toMatchObject(failure('The cache node d is not active'));
  for (const words of [['move', 'b'], ['drain', 'b', '--lost'], ['add', 'c', '--lost'], ['--lost']]) {
    await expect(cacheNodes(...words)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('Usage:') });
  }
});
