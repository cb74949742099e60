import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../support/system.ts';
import { expectStatus, World } from '../support/world.ts';

const LIMIT = 5;
let system: System;
let world: World;

beforeAll(async () => {
  system = await startSystem({ clientFailuresPerMinute: LIMIT });
  world = await new World(system).seed();
});
afterAll(() => system?.stop());

test('brute force of a client secret is stopped, the right one included, while other clients go on', async () => {
  const app = await world.registerApp();
  const other = await world.registerApp();
  const pair = await world.install(app);
  const guess = { ...app, clientSecret: `${app.clientSecret.slice(0, -1)}!` };
  for (let failure = 0; failure < LIMIT; failure++) {
    expectStatus(401, await world.refresh(guess, pair.refresh_token));
  }
  const limited = expectStatus(429, await world.refresh(app, pair.refresh_token));
  expect(limited.body.error).toBe('temporarily_unavailable');
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  await world.install(other);
  expect((await world.introspect(pair.access_token)).active).toBe(true);
});

test('brute force of codes is stopped', async () => {
  const app = await world.registerApp();
  for (let failure = 0; failure < LIMIT; failure++) {
    expectStatus(400, await world.exchange(app, `fooc_${'a'.repeat(38)}`));
  }
  expectStatus(429, await world.exchange(app, await world.code(app)));
});
