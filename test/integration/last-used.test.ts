import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type System, startSystem } from '../support/system.ts';
import { TARGET_ADMIN, World } from '../support/world.ts';

let system: System;
let world: World;

beforeAll(async () => {
  system = await startSystem();
  world = await new World(system).seed();
});
afterAll(() => system?.stop());

test('the list of installs tells, never before the install, when a token was last introspected', async () => {
  const app = await world.registerApp();
  const pair = await world.install(app);
  const lastUsedAt = async () => {
    const { body } = await world.as(TARGET_ADMIN, 'GET', '/oauth/installs', undefined, 'globex');
    return body.installs[0].last_used_at;
  };
  expect(await lastUsedAt()).toBeNull();
  const before = Date.now();
  await world.introspect(pair.access_token);
  await vi.waitFor(async () => expect(await lastUsedAt()).not.toBeNull(), { timeout: 10_000, interval: 100 });
  const used = Date.parse(await lastUsedAt());
  expect(used).toBeGreaterThanOrEqual(before - 1_000);
  expect(used).toBeLessThanOrEqual(Date.now());
});
