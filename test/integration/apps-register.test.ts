import { expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, REDIRECT_URI } from '../support/world.ts';

const bed = testBed();

const FIELDS = {
  name: ' Roadmapper ',
  redirect_uris: [REDIRECT_URI, 'http://127.0.0.1/callback'],
  allowed_actor_modes: ['self', 'app'],
  declared_scopes: ['webhooks:manage', 'posts:write', 'posts:read'],
  webhook_url: 'https://app.example/hooks',
  subscribed_webhook_events: ['post_updated', 'post_created'],
  description: ' Plans made\nof feedback. ',
  homepage_url: 'https://app.example',
  support_address: 'help@app.example',
  initiate_login_uri: 'https://app.example/connect',
};
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const register = (fields: Record<string, unknown>) => bed.world.as(OWNER_ADMIN, 'POST', '/oauth/apps', fields, 'acme');

test('an admin registers an app and gets all its fields, with scopes, events and actor modes in a fixed order', async () => {
  const response = await register(FIELDS);
  expect(response.status).toBe(201);
  const { app, client_id: clientId, client_secret: secret } = response.body;
  expect(Object.keys(response.body)).toEqual(['app', 'client_id', 'client_secret']);
  expect(clientId).toMatch(/^foapp_[0-9A-Za-z]{22}$/);
  expect(secret).toMatch(/^fosec_[0-9A-Za-z]{38}$/);
  expect(app).toEqual({
    client_id: clientId,
    name: 'Roadmapper',
    owner_organization: { id: 1, subdomain: 'acme', name: 'Acme' },
    redirect_uris: FIELDS.redirect_uris,
    allowed_actor_modes: ['app', 'self'],
    declared_scopes: ['posts:read', 'posts:write', 'webhooks:manage'],
    webhook_url: 'https://app.example/hooks',
    subscribed_webhook_events: ['post_created', 'post_updated'],
    require_pkce: false,
    description: 'Plans made of feedback.',
    homepage_url: 'https://app.example',
    privacy_policy_url: null,
    terms_url: null,
    support_address: 'help@app.example',
    initiate_login_uri: 'https://app.example/connect',
    logo_path: null,
    logo_source_sha256: null,
    verification: 'not_reviewed',
    status: 'active',
    created_at: expect.stringMatching(RFC_3339),
    updated_at: expect.stringMatching(RFC_3339),
    secrets: [
      { hint: secret.slice(-4), created_at: expect.stringMatching(RFC_3339), last_used_at: null, expires_at: null },
    ],
  });
});

test('the response with the secret is not cacheable', async () => {
  expect((await register(FIELDS)).headers.get('cache-control')).toBe('no-store');
});

test('webhook fields are optional', async () => {
  const { webhook_url: _url, subscribed_webhook_events: _events, ...required } = FIELDS;
  expect((await register(required)).body.app).toMatchObject({ webhook_url: null, subscribed_webhook_events: [] });
});

test('two apps can have the same name', async () => {
  const [one, other] = [await register(FIELDS), await register(FIELDS)];
  expect(one.body.client_id).not.toBe(other.body.client_id);
  expect(one.body.client_secret).not.toBe(other.body.client_secret);
});
