import { expect, test } from 'vitest';
import { MAX_SECRETS } from '../../services/auth-server/domain/app/app-manager.ts';
import { expectError, expectInvalidFields, expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });

const rotate = (app: RegisteredApp, body?: unknown) => bed.world.rotateSecret(app, body);

async function rotated(app: RegisteredApp, body?: unknown): Promise<RegisteredApp> {
  return { ...app, clientSecret: expectStatus(200, await rotate(app, body)).body.client_secret };
}

/** A request that succeeds for every authenticated client. */
const authenticates = async (app: RegisteredApp) =>
  (await bed.world.client(app, '/oauth/introspect', { token: 'x' })).status === 200;

const secretsOf = async (app: RegisteredApp) => (await bed.world.readApp(app)).secrets;
const whichWork = (...apps: RegisteredApp[]) => Promise.all(apps.map(authenticates));

test('without an overlap the old secret stops working at the rotation', async () => {
  const app = await bed.world.registerApp();
  const response = await rotate(app);
  expect(response.status).toBe(200);
  expect(response.body).toEqual({
    client_secret: expect.stringMatching(/^fosec_[0-9A-Za-z]{38}$/),
    previous_expires_at: new Date(clock.now()).toISOString(),
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expectOAuthError(await bed.world.client(app, '/oauth/introspect', { token: 'x' }), 'invalid_client', 401);
  expect(await authenticates({ ...app, clientSecret: response.body.client_secret })).toBe(true);
  expect(await secretsOf(app)).toMatchObject([{ hint: response.body.client_secret.slice(-4), expires_at: null }]);
});

test('with an overlap the old secret works until it expires, and the new one at once', async () => {
  const app = await bed.world.registerApp();
  const fresh = await rotated(app, { overlap_seconds: 60 });
  const [current, previous] = await secretsOf(app);
  expect(current).toMatchObject({ hint: fresh.clientSecret.slice(-4), expires_at: null });
  expect(previous).toMatchObject({
    hint: app.clientSecret.slice(-4),
    expires_at: new Date(clock.now() + 60_000).toISOString(),
  });
  clock.advance(59);
  expect(await whichWork(app, fresh)).toEqual([true, true]);
  clock.advance(1);
  expect(await whichWork(app, fresh)).toEqual([false, true]);
  expect(await secretsOf(app)).toMatchObject([{ hint: fresh.clientSecret.slice(-4) }]);
});

test('a later rotation never extends an older secret', async () => {
  const first = await bed.world.registerApp();
  const second = await rotated(first, { overlap_seconds: 10 });
  const third = await rotated(second, { overlap_seconds: 100 });
  clock.advance(10);
  expect(await whichWork(first, second, third)).toEqual([false, true, true]);
  const fourth = await rotated(third);
  expect(await whichWork(second, third, fourth)).toEqual([false, false, true]);
});

test('limits the number of valid secrets of an app', async () => {
  const first = await bed.world.registerApp();
  let newest = first;
  for (let count = 1; count < MAX_SECRETS; count++) newest = await rotated(newest, { overlap_seconds: 100 });
  expect(await secretsOf(first)).toHaveLength(MAX_SECRETS);
  expectError(await rotate(first, { overlap_seconds: 100 }), 409);
  expect(await whichWork(first, newest)).toEqual([true, true]);
  clock.advance(100);
  newest = await rotated(newest, { overlap_seconds: 100 });
  expect(await secretsOf(first)).toHaveLength(2);
  newest = await rotated(newest);
  expect(await secretsOf(first)).toHaveLength(1);
});

test('a rotation does not affect access tokens, refresh tokens or outstanding codes', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const fresh = await rotated(app);
  expect((await bed.world.introspect(pair.access_token)).active).toBe(true);
  const next = expectStatus(200, await bed.world.refresh(fresh, pair.refresh_token)).body;
  const code = await bed.world.code(app);
  expectStatus(200, await bed.world.exchange(await rotated(fresh), code));
  // The exchange, not the rotation, ended the pair.
  expect((await bed.world.introspect(next.access_token)).active).toBe(false);
});

test('rejects an overlap that is negative, fractional, longer than a week or not a number', async () => {
  const app = await bed.world.registerApp();
  for (const overlap of [-1, 0.5, 604_801, '60', null, [60], 1e300]) {
    await bed.tables.unchangedBy(async () =>
      expectInvalidFields(await rotate(app, { overlap_seconds: overlap }), 'overlap_seconds'),
    );
  }
  expect(await authenticates(app)).toBe(true);
  await rotated(app, { overlap_seconds: 604_800 });
});

test('rejects a misspelled field and keeps the old secret', async () => {
  const app = await bed.world.registerApp();
  await bed.tables.unchangedBy(async () =>
    expectInvalidFields(await rotate(app, { overlap: 60, overlapSeconds: 60 }), 'overlap', 'overlapSeconds'),
  );
  expect(await authenticates(app)).toBe(true);
});
