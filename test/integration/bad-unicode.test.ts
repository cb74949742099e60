/** Invalid Unicode is rejected in JSON, forms and queries, and never stored as other text. */
import { describe, expect, test } from 'vitest';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER, OWNER_ADMIN, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();
const app = registeredApp(bed);

const LONE_SURROGATES = ['"A\\ud800B"', '"\\udc00\\ud800"', '["x","\\uDBFF"]', '{"a":{"\\udfff":1}}'];
const headersOf = async (userId: number) => ({
  authorization: `Bearer ${await bed.system.platform.sign(userId)}`,
  'x-organization': 'acme',
  'content-type': 'application/json',
});

describe('a lone surrogate', () => {
  test.each(LONE_SURROGATES)('returns 422 with the field on JSON endpoints for users: %s', async (value) => {
    const body = `{"name":${value}}`;
    const headers = await headersOf(OWNER_ADMIN);
    await bed.tables.unchangedBy(async () => {
      for (const [method, path] of [
        ['POST', '/oauth/apps'],
        ['PATCH', `/oauth/apps/${app.clientId}`],
        ['POST', `/oauth/apps/${app.clientId}/rotate_secret`],
        ['POST', '/oauth/authorize/consent'],
      ] as const) {
        const response = await bed.world.http(method, path, { body, headers });
        expect(response.status).toBe(422);
        expect(Object.keys(response.body.errors)[0]).toMatch(/^name/);
      }
    });
  });

  test('is invalid_request on the endpoints for clients', async () => {
    const body = `{"grant_type":"refresh_token","refresh_token":"\\ud800"}`;
    const headers = { 'content-type': 'application/json' };
    for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
      const response = await bed.world.http('POST', path, { body, headers });
      expect(response).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
  });

  test('is INVALID_ARGUMENT in the JSON of an RPC', async () => {
    for (const [path, body] of [
      ['AppService/RegisterApp', '{"name":"A\\ud800B"}'],
      ['ConsentService/DecideConsent', '{"parameters":{"state":"\\udc00"}}'],
      ['ConsentService/GetAuthorizationRequest', '{"organizationSearch":"a\\ud800b"}'],
    ]) {
      const headers = await headersOf(TARGET_ADMIN);
      const response = await bed.world.http('POST', `/featureos.oauth.v1.${path}`, { body: body as string, headers });
      expect(response).toMatchObject({ status: 400, body: { code: 'invalid_argument' } });
    }
  });
});

test('a surrogate pair is accepted unchanged', async () => {
  const response = await bed.world.http('PATCH', `/oauth/apps/${app.clientId}`, {
    body: '{"name":"A\\ud83d\\ude00B"}',
    headers: await headersOf(OWNER_ADMIN),
  });
  expect(response.body.app.name).toBe('A\u{1f600}B');
});

describe('bytes that are not UTF-8', () => {
  test('return 400 in a JSON body and in a form', async () => {
    for (const contentType of ['application/json', 'application/x-www-form-urlencoded']) {
      const response = await fetch(`${bed.system.issuer}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: Buffer.from('{"client_id":"\xff"}', 'latin1'),
      });
      expect(response.status).toBe(400);
      const error = { error: 'invalid_request', error_description: 'the body is not UTF-8' };
      expect(await response.json()).toMatchObject(error);
    }
  });

  test('return 400 if percent-encoded in a query or form, because a `state` could not be sent back unchanged', async () => {
    for (const encoded of ['%ff', '%c3', '%ed%a0%80', '%c0%80']) {
      const path = `/oauth/authorize?client_id=${app.clientId}&state=${encoded}`;
      const response = await bed.world.as(TARGET_ADMIN, 'GET', path);
      expect(response.status).toBe(400);
      expect(response.body.redirect_to).toBeUndefined();
      const body = new URLSearchParams({ client_id: 'x', client_secret: 'y' });
      const form = await bed.world.http('POST', '/oauth/token', {
        body: `${body}&code=${encoded}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(form).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
  });
});

test('accepts a percent sign that begins no escape', async () => {
  expectStatus(200, await bed.world.asAdmin(OWNER, 'GET', '/oauth/apps?note=100%&x=%zz'));
});
