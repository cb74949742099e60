import { expect, test } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';

const LIMIT = 5;
const clock = new ManualClock();
const bed = testBed({ clock, refreshesPerMinute: LIMIT });

async function refreshToLimit(app: RegisteredApp, first: Pair): Promise<Pair> {
  let pair = first;
  for (let count = 0; count < LIMIT; count++) {
    pair = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  }
  return pair;
}

test('rejects a refresh above the limit with a retry delay, and consumes nothing', async () => {
  const app = await bed.world.registerApp();
  const first = await bed.world.install(app);
  const start = clock.now();
  const pair = await refreshToLimit(app, first);
  clock.advance(15);
  await bed.tables.unchangedBy(async () => {
    const refused = await bed.world.refresh(app, pair.refresh_token);
    expect(refused).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('45');
  });
  expect((await bed.world.introspect(pair.access_token)).active).toBe(true);
  clock.advance(45);
  expect(clock.now()).toBe(start + 60_000);
  await refreshToLimit(app, pair);
});

test('repeats do not count, and are served at the limit', async () => {
  const app = await bed.world.registerApp();
  const first = await bed.world.install(app);
  for (let again = 0; again <= LIMIT; again++) expectStatus(200, await bed.world.refresh(app, first.refresh_token));
  const { body: second } = await bed.world.refresh(app, first.refresh_token);
  let pair = second;
  let presented = '';
  for (let count = 1; count < LIMIT; count++) {
    presented = pair.refresh_token;
    pair = expectStatus(200, await bed.world.refresh(app, presented)).body;
  }
  expectStatus(429, await bed.world.refresh(app, pair.refresh_token));
  expect(expectStatus(200, await bed.world.refresh(app, presented)).body).toEqual(pair);
});

test('other installs of the app are not limited', async () => {
  const app = await bed.world.registerApp();
  const pair = await refreshToLimit(app, await bed.world.install(app));
  expectStatus(429, await bed.world.refresh(app, pair.refresh_token));
  const elsewhere = await bed.world.installInto(await bed.world.newOrganization(), app);
  expectStatus(200, await bed.world.refresh(app, elsewhere.refresh_token));
});
