import { expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, REDIRECT_URI } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ replicas: 3, clock });

test('exchanges a code for a pair (RFC 6749 section 5.1)', async () => {
  const app = await bed.world.registerApp();
  const response = await bed.world.exchange(app, await bed.world.code(app, { scope: 'comments:read posts:read' }));
  expect(response.status).toBe(200);
  expect(response.body).toEqual({
    access_token: expect.stringMatching(/^foot_[0-9A-Za-z]{38}$/),
    refresh_token: expect.stringMatching(/^foor_[0-9A-Za-z]{38}$/),
    token_type: 'Bearer',
    expires_in: 86_400,
    scope: 'posts:read comments:read',
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-type')).toContain('application/json');
});

test('accepts JSON and client_secret_post', async () => {
  const app = await bed.world.registerApp();
  const body = {
    grant_type: 'authorization_code',
    code: await bed.world.code(app),
    redirect_uri: REDIRECT_URI,
    client_id: app.clientId,
    client_secret: app.clientSecret,
  };
  expectStatus(200, await bed.world.http('POST', '/oauth/token', { body }));
  const form = new URLSearchParams({ ...body, code: await bed.world.code(app) });
  expectStatus(200, await bed.world.http('POST', '/oauth/token', { body: form }));
});

test('form-decodes both parts of HTTP Basic, so %5F works', async () => {
  const app = await bed.world.registerApp();
  const encoded = { clientId: app.clientId.replace('_', '%5F'), clientSecret: app.clientSecret.replace('_', '%5f') };
  expectStatus(200, await bed.world.exchange(encoded, await bed.world.code(app)));
});

test('re-consent and exchange replace the old pair at once on every replica, and leave one live pair', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const old = await world.install(app);
  await bed.cache(old.access_token);
  const installId = await world.installId(app);
  const fresh = await world.install(app, { scope: 'posts:read' });
  await world.expectEverywhere(old.access_token, { active: false });
  await world.expectEverywhere(fresh.access_token, { active: true, installId, scopes: ['posts:read'] });
  expectOAuthError(await world.refresh(app, old.refresh_token), 'invalid_grant');
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
  expectStatus(200, await world.refresh(app, fresh.refresh_token));
});

test('installs of one app in two organizations have separate pairs', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const other = await world.newOrganization();
  const [here, there] = [await world.install(app), await world.installInto(other, app)];
  expect((await world.introspect(here.access_token)).organization?.subdomain).toBe('globex');
  expect((await world.introspect(there.access_token)).organization?.subdomain).toBe(other.subdomain);
  expect(await bed.tables.livePairs(app.clientId)).toHaveLength(2);
});

test('a code is valid for five minutes', async () => {
  const app = await bed.world.registerApp();
  const inTime = await bed.world.code(app);
  clock.advance(299);
  expectStatus(200, await bed.world.exchange(app, inTime));
  const late = await bed.world.code(app);
  clock.advance(300);
  await bed.tables.unchangedBy(async () => expectOAuthError(await bed.world.exchange(app, late), 'invalid_grant'));
});
