import { expect, test } from 'vitest';
import { expectRedirect } from '../support/expect-errors.ts';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, pkce, REDIRECT_URI, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();
const app = registeredApp(bed, {
  declared_scopes: ['posts:read', 'posts:write', 'comments:read', 'webhooks:manage'],
  webhook_url: 'https://app.example/hooks',
  subscribed_webhook_events: ['post_created', 'post_updated', 'changelog_published'],
  redirect_uris: [REDIRECT_URI, 'https://app.example/with?tenant=7'],
});

function redirectOf(response: HttpResponse): { base: string; parameters: Record<string, string> } {
  expect(Object.keys(expectStatus(200, response).body)).toEqual(['redirect_to']);
  const url = new URL(response.body.redirect_to);
  return { base: url.origin + url.pathname, parameters: Object.fromEntries(url.searchParams) };
}

async function installAfter(fields: Record<string, unknown>) {
  await bed.world.install(app, fields);
  return bed.world.installOf(app);
}

test('approval returns the redirect URI with a code, the state and the issuer', async () => {
  const response = await bed.world.consent(app, { state: 'a b&c=d' });
  expect(redirectOf(response)).toEqual({
    base: REDIRECT_URI,
    parameters: { code: expect.stringMatching(/^fooc_[0-9A-Za-z]{38}$/), state: 'a b&c=d', iss: bed.system.issuer },
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('returns no state for an empty one', async () => {
  const { parameters } = redirectOf(await bed.world.consent(app, { state: '' }));
  expect(Object.keys(parameters).sort()).toEqual(['code', 'iss']);
});

test('keeps the query of a registered redirect URI', async () => {
  const { body } = await bed.world.consent(app, { redirect_uri: 'https://app.example/with?tenant=7' });
  expect(body.redirect_to).toMatch(/^https:\/\/app\.example\/with\?tenant=7&code=fooc_/);
});

test('denial returns access_denied with state and issuer, and creates no code', async () => {
  const codes = await bed.tables.count('authorization_codes');
  const response = await bed.world.consent(app, { decision: 'deny' });
  expect(redirectOf(response)).toEqual({
    base: REDIRECT_URI,
    parameters: { error: 'access_denied', error_description: expect.any(String), state: 's1', iss: bed.system.issuer },
  });
  expect(await bed.tables.count('authorization_codes')).toBe(codes);
});

test('denial needs no organization and keeps an existing install', async () => {
  const pair = await bed.world.install(app);
  expectStatus(200, await bed.world.consent(app, { decision: 'deny', target_organization_id: null }));
  expect(await bed.world.isActive(pair.access_token)).toBe(true);
});

test('grants everything declared and subscribed by default', async () => {
  expect(await installAfter({})).toMatchObject({
    actor: 'app',
    granted_scopes: ['posts:read', 'posts:write', 'comments:read', 'webhooks:manage'],
    granted_webhook_events: ['post_created', 'post_updated', 'changelog_published'],
  });
});

test('the admin can narrow scopes and events', async () => {
  expect(
    await installAfter({ scope: 'webhooks:manage posts:read', granted_webhook_events: ['post_updated'] }),
  ).toMatchObject({ granted_scopes: ['posts:read', 'webhooks:manage'], granted_webhook_events: ['post_updated'] });
});

test('an empty list of events grants none', async () => {
  expect(await installAfter({ granted_webhook_events: [] })).toMatchObject({ granted_webhook_events: [] });
});

test('without webhooks:manage no events are granted', async () => {
  const install = await installAfter({ scope: 'posts:read', granted_webhook_events: ['post_updated'] });
  expect(install).toMatchObject({ granted_scopes: ['posts:read'], granted_webhook_events: [] });
});

test('in mode `self` the install acts as the user who consented, in mode `app` as the bot of the app', async () => {
  expect(await installAfter({ actor: 'self' })).toMatchObject({
    actor: 'self',
    user_id: TARGET_ADMIN,
    installed_by: TARGET_ADMIN,
  });
  const asApp = await installAfter({ actor: 'app' });
  expect(asApp).toMatchObject({ actor: 'app', installed_by: TARGET_ADMIN });
  expect(asApp.user_id).toBeGreaterThanOrEqual(1_000_000_000_000); // ids of bots begin here
});

test('a new consent voids the previous code, and does not change the existing install', async () => {
  const pair = await bed.world.install(app, { scope: 'posts:read' });
  const first = await bed.world.code(app);
  const second = await bed.world.code(app);
  expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(['posts:read']);
  expect((await bed.world.exchange(app, first)).body.error).toBe('invalid_grant');
  expectStatus(200, await bed.world.exchange(app, second));
});

test('the code is stored as a hash, bound to what was consented to', async () => {
  const { challenge } = pkce();
  const pkceFields = { code_challenge: challenge, code_challenge_method: 'S256' };
  const code = await bed.world.code(app, { scope: 'posts:read', ...pkceFields });
  const [row] = await bed.tables.rows(
    `SELECT redirect_uri, actor_mode, scopes, webhook_events, code_challenge, user_id::int, organization_id::int,
       expires_at - created_at = interval '5 minutes' AS five_minutes
     FROM authorization_codes WHERE code_hash = sha256($1)`,
    [Buffer.from(code)],
  );
  expect(row).toEqual({
    redirect_uri: REDIRECT_URI,
    actor_mode: 'app',
    scopes: ['posts:read'],
    webhook_events: [],
    code_challenge: challenge,
    user_id: TARGET_ADMIN,
    organization_id: 2,
    five_minutes: true,
  });
});

test('decisions are audited, without the code', async () => {
  const code = await bed.world.code(app);
  await bed.world.consent(app, { decision: 'deny' });
  const { events } = await bed.world.operator.listAuditEvents({ clientId: app.clientId, perPage: 2 });
  expect(events).toMatchObject([
    { action: 'consent.denied', performedBy: `user:${TARGET_ADMIN}`, organizationId: 2n },
    { action: 'consent.approved', performedBy: `user:${TARGET_ADMIN}`, organizationId: 2n },
  ]);
  expect(JSON.stringify(events.map(({ details }) => details))).not.toContain(code);
});

test.each([
  ['scope', ['posts:read']],
  ['scope', 5],
  ['decision', ['deny']],
  ['code_challenge', 5],
  ['response_type', ['token']],
  ['state', 123],
])('rejects a consent with %s %j instead of ignoring it', async (name, value) => {
  const response = expectStatus(400, await bed.world.consent(app, { [name]: value }));
  expect(JSON.stringify(response.body)).not.toContain('fooc_');
});

test('rejects a blank scope; a denial may have an empty one', async () => {
  const response = expectStatus(400, await bed.world.consent(app, { scope: ' ' }));
  expect(response.body.error).toBe('invalid_scope');
  expectRedirect(await bed.world.view(app, { scope: ' ' }), 'invalid_scope');
  const denied = expectStatus(200, await bed.world.consent(app, { scope: '', decision: 'deny' }));
  expect(denied.body.redirect_to).toContain('error=access_denied');
});

test('rejects a form-encoded consent', async () => {
  const fields = { client_id: app.clientId, redirect_uri: REDIRECT_URI, target_organization_id: '2' };
  expectStatus(415, await bed.world.as(TARGET_ADMIN, 'POST', '/oauth/authorize/consent', new URLSearchParams(fields)));
});
