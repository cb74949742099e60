import { randomBytes } from 'node:crypto';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp, type World } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ replicas: 2, clock });
let app: RegisteredApp;
let old: Pair;
let fresh: Pair;
beforeEach(async () => {
  app = await bed.world.registerApp();
  old = await bed.world.install(app);
  fresh = expectStatus(200, await bed.world.refresh(app, old.refresh_token)).body;
});

const repeat = (parameters: Record<string, string> = {}, world: World = bed.world) =>
  world.refresh(app, old.refresh_token, parameters);
const expectReuse = async () => expectOAuthError(await repeat(), 'invalid_grant');
const reused = () =>
  bed.tables.count('audit_events', `action = 'token.refresh_reused' AND client_id = '${app.clientId}'`);

test('a repeat returns the same pair with the remaining time, and changes nothing', async () => {
  clock.advance(20);
  await bed.tables.unchangedBy(async () => {
    for (let again = 0; again < 3; again++) {
      const response = await repeat();
      expect(response.status).toBe(200);
      expect(response.body).toEqual({ ...fresh, expires_in: 86_380 });
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });
  await bed.world.expectEverywhere(fresh.access_token, { active: true });
  await bed.world.expectEverywhere(old.access_token, { active: false });
});

test('a repeat a minute later counts as reuse', async () => {
  clock.advance(59);
  expectStatus(200, await repeat());
  clock.advance(1);
  await expectReuse();
  expect(await reused()).toBe(1);
});

test('after a second refresh, a repeat of the first counts as reuse, and the second can be repeated', async () => {
  const next = expectStatus(200, await bed.world.refresh(app, fresh.refresh_token)).body;
  await expectReuse();
  expect(await reused()).toBe(1);
  expect((await bed.world.refresh(app, fresh.refresh_token)).body).toEqual(next);
  expect(await bed.world.isActive(next.access_token)).toBe(true);
});

test('a refresh cannot be repeated once the new access token is revoked', async () => {
  expectStatus(200, await bed.world.client(app, '/oauth/revoke', { token: fresh.access_token }));
  await expectReuse();
  expectStatus(200, await bed.world.refresh(app, fresh.refresh_token));
});

test('a refresh cannot be repeated once the install has ended, even if the app was installed again', async () => {
  await bed.world.disconnect(await bed.world.installId(app));
  await expectReuse();
  await bed.world.install(app);
  await expectReuse();
});

test('a refresh cannot be repeated once another consent has replaced its pair', async () => {
  const consented = await bed.world.install(app);
  await expectReuse();
  expect(await bed.world.isActive(consented.access_token)).toBe(true);
});

test('a repeat is checked like a refresh', async () => {
  expectOAuthError(await repeat({ scope: 'votes:read' }), 'invalid_scope');
  await bed.world.suspendApp(app);
  expectOAuthError(await repeat(), 'unauthorized_client');
  await bed.world.resumeApp(app);
  await bed.world.changeApp(app, { declared_scopes: ['posts:read'] });
  const narrowed = { access_token: fresh.access_token, scope: 'posts:read' };
  expect(expectStatus(200, await repeat()).body).toMatchObject(narrowed);
});

test('a repeat works on another auth-server, and during a rotation of credential keys', async () => {
  const keys = `${randomBytes(32).toString('hex')},${bed.system.credentialKey}`;
  for (const environment of [{}, { CREDENTIAL_KEYS: keys }]) {
    const other = await startAuthServer(bed.system, environment, { clock });
    onTestFinished(() => other.stop());
    expect(expectStatus(200, await repeat({}, other.world)).body).toEqual(fresh);
  }
});

test('a repeat counts as reuse if repeats are disabled', async () => {
  const other = await startAuthServer(bed.system, { REFRESH_REPEAT_SECONDS: '0' }, { clock });
  onTestFinished(() => other.stop());
  expectOAuthError(await repeat({}, other.world), 'invalid_grant');
  expect(await reused()).toBe(1);
});

test('neither the new tokens nor the old refresh token is stored', async () => {
  const dump = JSON.stringify(await bed.tables.dump());
  for (const token of [fresh.access_token, fresh.refresh_token, old.refresh_token]) {
    expect(dump).not.toContain(token.slice(5, 20));
  }
});
