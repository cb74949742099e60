import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { RedisNode } from '../fault/harness/redis-node.ts';
import { expectRpcError } from '../support/answers.ts';
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

const owed = (): Promise<number> => tables.count('pending_drops');

beforeEach(async () => {
  await expect.poll(owed, { timeout: 20_000 }).toBe(0);
});

test('a repeat of a change that is pending owes nothing more, and succeeds once the first one has landed', async () => {
  const app = await world.registerApp();
  const { access_token } = await world.install(app);
  await redis.kill();
  for (let attempt = 0; attempt < 3; attempt++) {
    await expectRpcError(world.suspendApp(app), Code.Unavailable, ErrorReason.PROPAGATION_PENDING);
    expect(await owed()).toBe(1);
  }
  await redis.startAgain('lose');
  await expect.poll(() => world.suspendApp(app).then(Boolean, () => false), { timeout: 20_000 }).toBe(true);
  expect((await world.introspect(access_token)).active).toBe(false);
});

test('an app that revokes a pair which a pending disconnect has ended hears of success only once that has landed', async () => {
  const app = await world.registerApp();
  const pair = await world.install(app);
  const installId = await world.installId(app);
  await redis.kill();
  expectStatus(503, await world.disconnect(installId));
  const revoke = () => world.client(app, '/oauth/revoke', { token: pair.refresh_token });
  expectStatus(503, await revoke());
  await redis.startAgain('lose');
  await expect.poll(async () => (await revoke()).status, { timeout: 20_000 }).toBe(200);
  expect((await world.introspect(pair.access_token)).active).toBe(false);
});
