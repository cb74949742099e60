/** In a fault, the metric of an alert changes; a gauge recovers afterwards. alerts/scenarios.ts lists the tests of all alerts. */
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Hooks } from '../support/hooks.ts';
import { Receiver } from '../support/receiver.ts';
import { scrape, sumOf } from '../support/scrape.ts';
import { expectStatus, type RegisteredApp, TARGET_ADMIN, type World } from '../support/world.ts';
import type { AuthServerNode, ReplicaNode } from './cluster/nodes.ts';
import { clusterOf } from './suite.ts';

const LIMIT_MS = 120_000;
const POLL = { timeout: 60_000, interval: 200 };
/** More requests than a pool has connections (10). */
const MANY = 30;

const cluster = clusterOf();
let main: AuthServerNode;
let replica: ReplicaNode;
let world: World;
let app: RegisteredApp;

beforeAll(async () => {
  main = cluster.current.main;
  [replica] = cluster.current.replicas as [ReplicaNode, ...ReplicaNode[]];
  world = await cluster.current.world(main).seed();
  app = await world.registerApp();
}, LIMIT_MS);

afterEach(() => cluster.current.heal());

type Node = AuthServerNode | ReplicaNode;
const value = (node: Node, name: string, labels: Record<string, string> = {}) =>
  sumOf(node.address('metrics'), name, labels).catch(() => Number.NaN);

/** Resolves once the metric is above `limit`. */
const exceeds = (node: Node, name: string, labels: Record<string, string>, limit: number) =>
  expect.poll(() => value(node, name, labels), POLL).toBeGreaterThan(limit);
/** Resolves once the metric is 0 again. */
const returnsToZero = (node: Node, name: string) => expect.poll(() => value(node, name), POLL).toBe(0);

const newToken = async () => (await world.install(app)).access_token;
const listInstalls = () => world.as(TARGET_ADMIN, 'GET', '/oauth/installs', undefined, 'globex');
const settled = (work: Promise<unknown>) => work.then(() => {}).catch(() => {});

describe('Redis', () => {
  test('RedisUnreachable', { timeout: LIMIT_MS }, async () => {
    replica.redis.refuse();
    await exceeds(replica, 'introspection_redis_unreachable', {}, 0);
    cluster.current.heal();
    await returnsToZero(replica, 'introspection_redis_unreachable');
  });

  test('RevocationsPending', { timeout: LIMIT_MS }, async () => {
    await newToken();
    for (const { redis } of cluster.current.authServers) redis.refuse();
    const [install] = expectStatus(200, await listInstalls()).body.installs;
    await world.disconnect(install.id);
    await exceeds(main, 'auth_server_pending_invalidations_oldest_seconds', {}, 1);
    cluster.current.heal();
    await returnsToZero(main, 'auth_server_pending_invalidations_oldest_seconds');
  });

  test('CacheStartedEmpty', { timeout: LIMIT_MS }, async () => {
    const before = await value(replica, 'introspection_redis_generation_changes_total');
    await cluster.current.redis.kill();
    await cluster.current.redis.restart('lose');
    await exceeds(replica, 'introspection_redis_generation_changes_total', {}, before);
  });

  test('CacheMissesHigh', { timeout: LIMIT_MS }, async () => {
    const token = await newToken();
    const misses = { result: 'missed' };
    await replica.introspect(token);
    const before = await value(replica, 'introspection_cache_reads_total', misses);
    await cluster.current.redis.loseEntries();
    await replica.introspect(token);
    await exceeds(replica, 'introspection_cache_reads_total', misses, before);
  });
});

describe('auth-server and Postgres', () => {
  const failed = { rpc_response_status_code: 'UNAVAILABLE' };

  test('IntrospectionFailing', { timeout: LIMIT_MS }, async () => {
    const token = await newToken();
    replica.authServer.refuse();
    await settled(replica.introspect(token));
    await exceeds(replica, 'rpc_server_call_duration_seconds_count', failed, 0);
    cluster.current.heal();
    const isActive = () =>
      replica.introspect(token).then(
        ({ active }) => active,
        () => false,
      );
    await expect.poll(isActive, POLL).toBe(true);
  });

  test('AuthServerCallsFailing', { timeout: LIMIT_MS }, async () => {
    const token = await newToken();
    main.postgres.refuse();
    await settled(replica.introspect(token));
    await exceeds(main, 'rpc_server_call_duration_seconds_count', failed, 0);
    cluster.current.heal();
  });

  test('AuthServerRequestsFailing', { timeout: LIMIT_MS }, async () => {
    main.postgres.refuse();
    expect((await world.refresh(app, 'foor_unknown')).status).toBe(503);
    const unavailable = { http_route: '/oauth/token', http_response_status_code: '503' };
    await exceeds(main, 'http_server_request_duration_seconds_count', unavailable, 0);
    cluster.current.heal();
  });

  test('JobNotSucceeding', { timeout: LIMIT_MS }, async () => {
    const sweep = { job_name: 'invalidation_sweep' };
    const failures = { ...sweep, result: 'failure' };
    const before = await value(main, 'auth_server_job_duration_seconds_count', failures);
    main.postgres.refuse();
    await exceeds(main, 'auth_server_job_duration_seconds_count', failures, before);
    const lastSuccess = await value(main, 'auth_server_job_last_success_timestamp_seconds', sweep);
    cluster.current.heal();
    await exceeds(main, 'auth_server_job_last_success_timestamp_seconds', sweep, lastSuccess);
  });

  test('DatabaseConnectionsExhausted', { timeout: LIMIT_MS }, async () => {
    main.postgres.hang();
    const requests = Array.from({ length: MANY }, () => settled(listInstalls()));
    await exceeds(main, 'auth_server_database_connection_waiters', { pool: 'changes' }, 0);
    cluster.current.heal();
    await Promise.all(requests);
    await returnsToZero(main, 'auth_server_database_connection_waiters');
  });

  test('WebhookAttemptsFailing', { timeout: LIMIT_MS }, async () => {
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.stop());
    receiver.respondWith(500);
    const hooks = new Hooks({ world });
    await world.install(await hooks.registerApp(receiver.url));
    await hooks.publish();
    const attempts = (node: AuthServerNode) =>
      value(node, 'auth_server_webhook_attempt_duration_seconds_count', { result: 'pending' });
    const maxAttempts = async () => Math.max(...(await Promise.all(cluster.current.authServers.map(attempts))));
    await expect.poll(maxAttempts, POLL).toBe(1);
  });
});

test('ServiceDown', { timeout: LIMIT_MS }, async () => {
  await replica.kill();
  await expect(scrape(replica.address('metrics'))).rejects.toThrow();
  await replica.start();
  expect((await scrape(replica.address('metrics'))).size).toBeGreaterThan(0);
});
