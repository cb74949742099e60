import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { RedisNode } from '../support/redis-node.ts';
import { type System, startSystem } from '../support/system.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, World } from '../support/world.ts';

let redis: RedisNode;
let system: System;
let world: World;
let tables: Tables;
beforeAll(async () => {
  redis = await RedisNode.start();
  const redisUrl = `redis://127.0.0.1:${redis.port}`;
  system = await startSystem({ redisUrl, propagationTimeoutMs: 200 });
  world = await new World(system).seed();
  tables = new Tables(system.databaseUrl);
});
afterAll(async () => {
  await tables?.close();
  await system?.stop();
  await redis?.stop();
});

const pending = (): Promise<number> => tables.count('pending_invalidations');

beforeEach(async () => {
  await expect.poll(pending, { timeout: 20_000 }).toBe(0);
});

test('repeating a pending change adds no invalidations, and succeeds once the change is visible', async () => {
  const app = await world.registerApp();
  const { access_token } = await world.install(app);
  await redis.kill();
  for (let attempt = 0; attempt < 3; attempt++) {
    await expectRpcError(world.suspendApp(app), ErrorReason.PROPAGATION_PENDING);
    expect(await pending()).toBe(1);
  }
  await redis.restart('lose');
  await expect.poll(() => world.suspendApp(app).then(Boolean, () => false), { timeout: 20_000 }).toBe(true);
  expect(await world.isActive(access_token)).toBe(false);
});

test('revoking a pair that a pending disconnect ended succeeds only once the disconnect is visible', async () => {
  const app = await world.registerApp();
  const pair = await world.install(app);
  const installId = await world.installId(app);
  await redis.kill();
  expectStatus(503, await world.disconnect(installId));
  const revoke = () => world.client(app, '/oauth/revoke', { token: pair.refresh_token });
  expectStatus(503, await revoke());
  await redis.restart('lose');
  await expect.poll(async () => (await revoke()).status, { timeout: 20_000 }).toBe(200);
  expect(await world.isActive(pair.access_token)).toBe(false);
});

test('an exchange does not redeem its code while invalidations of earlier changes cannot be completed', async () => {
  const app = await world.registerApp();
  await world.install(app);
  const installId = await world.installId(app);
  await redis.kill();
  expectStatus(503, await world.disconnect(installId));
  const code = await world.code(app);
  const refused = await world.exchange(app, code);
  expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  await redis.restart('lose');
  await expect.poll(async () => (await world.exchange(app, code)).status, { timeout: 20_000 }).toBe(200);
});

test('a repeated refresh succeeds only once the pending invalidations of its install are completed', async () => {
  const app = await world.registerApp();
  const old = await world.install(app);
  const { access_token, refresh_token } = expectStatus(200, await world.refresh(app, old.refresh_token)).body;
  await expect.poll(pending, { timeout: 20_000 }).toBe(0);
  await redis.kill();
  // As if the server had crashed between the commit and the drop.
  await tables.rows(
    `INSERT INTO pending_invalidations (change_id, access_hash, install_id)
     SELECT '\\x0102030405060708', access_hash, install_id FROM tokens WHERE refresh_hash = $1`,
    [hashCredential(old.refresh_token)],
  );
  const repeat = () => world.refresh(app, old.refresh_token);
  expect(await repeat()).toMatchObject({ status: 503, body: { reason: 'PROPAGATION_PENDING' } });
  expect(await pending()).toBe(1);
  await redis.restart('lose');
  await expect.poll(async () => (await repeat()).status, { timeout: 20_000 }).toBe(200);
  expect(await pending()).toBe(0);
  expect((await repeat()).body).toMatchObject({ access_token, refresh_token });
});

test('live installs of a deleted app are disconnecting until the deletion is visible; ended ones are not listed', async () => {
  const app = await world.registerApp();
  const organization = await world.newOrganization();
  const list = async () => (await world.installs(organization)).map(({ id, status }) => [id, status]);
  await world.installInto(organization, app);
  expectStatus(204, await world.disconnect(await world.installId(app, organization), organization));
  await world.installInto(organization, app);
  const id = await world.installId(app, organization);
  await redis.kill();
  expectStatus(503, await world.deleteApp(app));
  expect(await list()).toEqual([[id, 'disconnecting']]);
  await tables.appsUpdated();
  expect(await list()).toEqual([[id, 'disconnecting']]);
  expectStatus(503, await world.disconnect(id, organization));
  await redis.restart('lose');
  await expect.poll(list, { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => world.deleteApp(app).then(({ status }) => status), { timeout: 20_000 }).toBe(204);
});

test('operators see which changes are pending, since when, and why', async () => {
  const app = await world.registerApp();
  const organization = await world.newOrganization();
  const { access_token } = await world.installInto(organization, app, { actor: 'self' });
  const installId = await world.installId(app, organization);
  const listed = await world.operator.listPendingInvalidations({});
  expect(listed).toMatchObject({ invalidations: [], totalCount: 0, redisProblem: '' });
  await redis.kill();
  const changes = [
    () => world.operator.revokeInstall({ installId, reason: 'test' }),
    () => world.suspendApp(app),
    () => world.operator.suspendOrganization({ organizationId: organization.id, reason: 'test' }),
    () => world.deleteUser(organization.admin),
  ];
  for (const change of changes) await expectRpcError(change(), ErrorReason.PROPAGATION_PENDING);
  const { invalidations, totalCount, redisProblem } = await world.operator.listPendingInvalidations({});
  expect({ totalCount, redisProblem }).toEqual({ totalCount: 4, redisProblem: 'redis cannot be reached' });
  const nothing = { installId: '', clientId: '', organizationId: 0n, userId: 0n };
  expect(invalidations).toHaveLength(4);
  for (const expected of [
    { ...nothing, installId, clientId: app.clientId, organizationId: organization.id },
    { ...nothing, clientId: app.clientId },
    { ...nothing, organizationId: organization.id },
    { ...nothing, userId: BigInt(organization.admin) },
  ]) {
    expect(invalidations).toContainEqual(expect.objectContaining(expected));
  }
  for (const { createdAt, changeId } of invalidations) {
    expect(createdAt?.seconds).toBeGreaterThan(1_700_000_000n);
    expect(changeId).toMatch(/^[0-9a-f]{16}$/);
  }
  const explanation = await world.operator.explainToken({ by: { case: 'token', value: access_token } });
  expect(explanation.pendingInvalidations).toEqual(invalidations);
  expect(explanation.cache).toMatchObject({ problem: 'redis cannot be reached', generation: '' });
  await redis.restart('lose');
  await expect.poll(pending, { timeout: 20_000 }).toBe(0);
});
