import { expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, REDIRECT_URI, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();

test.each([
  ['scope', ['posts:read']],
  ['scope', 5],
  ['decision', ['deny']],
  ['code_challenge', 5],
  ['response_type', ['token']],
  ['state', 123],
])('rejects a consent with %s %j instead of ignoring it', async (name, value) => {
  const app = await bed.world.registerApp();
  const response = expectStatus(400, await bed.world.consent(app, { [name]: value }));
  expect(JSON.stringify(response.body)).not.toContain('fooc_');
});

test('rejects a consent that grants no scope', async () => {
  const app = await bed.world.registerApp();
  const response = expectStatus(400, await bed.world.consent(app, { scope: ' ' }));
  expect(response.body.error).toBe('invalid_scope');
  const denied = expectStatus(200, await bed.world.consent(app, { scope: '', decision: 'deny' }));
  expect(denied.body.redirect_to).toContain('error=access_denied');
});

test('rejects a form-encoded consent', async () => {
  const app = await bed.world.registerApp();
  const form = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    target_organization_id: '2',
  });
  expectStatus(415, await bed.world.as(TARGET_ADMIN, 'POST', '/oauth/authorize/consent', form));
});

test('rejects a repeated member of a JSON body', async () => {
  const app = await bed.world.registerApp();
  const body = `{"client_id":"${app.clientId}","client_secret":"${app.clientSecret}","grant_type":"x","grant_type":"refresh_token"}`;
  const headers = { 'content-type': 'application/json' };
  const response = expectStatus(400, await bed.world.http('POST', '/oauth/token', { body, headers }));
  expect(response.body).toEqual({ error: 'invalid_request', error_description: 'duplicate members: grant_type' });
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('accepts a DELETE with a JSON content type and no body', async () => {
  const app = await bed.world.registerApp();
  await bed.world.install(app);
  const headers = {
    authorization: `Bearer ${await bed.system.platform.sign(TARGET_ADMIN)}`,
    'x-organization': 'globex',
    'content-type': 'application/json',
  };
  expectStatus(204, await bed.world.http('DELETE', `/oauth/installs/${await bed.world.installId(app)}`, { headers }));
});
