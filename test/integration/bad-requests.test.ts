/** Malformed requests to every kind of endpoint: the documented error, and no change. */
import { connect } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { expectError, expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import {
  basicCredentials,
  expectStatus,
  type HttpResponse,
  OWNER,
  OWNER_ADMIN,
  type RegisteredApp,
  TARGET,
} from '../support/world.ts';

const bed = testBed();
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

let app: RegisteredApp;
let jwt: string;
beforeAll(async () => {
  app = await bed.world.registerApp();
  await bed.world.install(app);
  jwt = await bed.system.platform.sign(OWNER_ADMIN);
});

/** Sends the raw body to an endpoint of each kind. */
async function sendToEveryEndpoint(body: string, contentType?: string): Promise<Record<string, HttpResponse>> {
  const type = contentType !== undefined && { 'content-type': contentType };
  const send = (method: string, path: string, authorization: string) =>
    // As bytes, because fetch gives a string a content type.
    bed.world.http(method, path, {
      body: Buffer.from(body),
      headers: { ...type, 'x-organization': 'acme', authorization },
    });
  const basic = basicCredentials(app);
  return bed.tables.unchangedBy(async () => ({
    register: await send('POST', '/oauth/apps', `Bearer ${jwt}`),
    change: await send('PATCH', `/oauth/apps/${app.clientId}`, `Bearer ${jwt}`),
    rotate: await send('POST', `/oauth/apps/${app.clientId}/rotate_secret`, `Bearer ${jwt}`),
    consent: await send('POST', '/oauth/authorize/consent', `Bearer ${jwt}`),
    token: await send('POST', '/oauth/token', basic),
    revoke: await send('POST', '/oauth/revoke', basic),
    introspect: await send('POST', '/oauth/introspect', basic),
  }));
}

const FOR_CLIENTS = new Set(['token', 'revoke', 'introspect']);

/** `oauthStatus`: the status of client endpoints, which use fewer statuses (RFC 6749 section 5.2). */
function expectEveryEndpoint(responses: Record<string, HttpResponse>, status: number, oauthStatus = status): void {
  for (const [endpoint, response] of Object.entries(responses)) {
    if (!FOR_CLIENTS.has(endpoint)) expectError(response, status);
    else {
      const body = { error: 'invalid_request', error_description: expect.any(String) };
      expect({ status: response.status, body: response.body }).toEqual({ status: oauthStatus, body });
    }
  }
}

test('returns 400 for malformed JSON', async () => {
  for (const body of ['{"name": ', "{'name': 1}", 'name=x', '{"a":1}{"b":2}', '{"a":1,}', '\u0000']) {
    expectEveryEndpoint(await sendToEveryEndpoint(body, JSON_TYPE), 400);
  }
});

test('returns 400 for JSON that is not an object', async () => {
  for (const body of ['[]', '"text"', '17', 'true'])
    expectEveryEndpoint(await sendToEveryEndpoint(body, JSON_TYPE), 400);
});

test('treats prototype members of JSON like any unknown member', async () => {
  for (const body of ['{"__proto__":{"status":"active"}}', '{"constructor":{"prototype":{"x":1}}}']) {
    expectEveryEndpointToReject(await sendToEveryEndpoint(body, JSON_TYPE));
  }
});

/** App endpoints return 422 for invalid fields; the others 400 for missing parameters. */
function expectEveryEndpointToReject(responses: Record<string, HttpResponse>): void {
  for (const [endpoint, { status }] of Object.entries(responses)) {
    expect([endpoint, status]).toEqual([endpoint, ['register', 'change', 'rotate'].includes(endpoint) ? 422 : 400]);
  }
}

test('rejects deeply nested JSON', async () => {
  const depth = 30_000;
  for (const deep of ['[', '{"a":']) {
    const open = deep.repeat(depth / deep.length);
    expectEveryEndpoint(await sendToEveryEndpoint(open, JSON_TYPE), 400);
  }
  const closed = `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expectEveryEndpointToReject(await sendToEveryEndpoint(closed, JSON_TYPE));
  // An escape makes the server search the whole body for lone surrogates.
  const escaped = `{"a":"\\u0041","name":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expectEveryEndpointToReject(await sendToEveryEndpoint(escaped, JSON_TYPE));
});

test('returns 415 for an unsupported content type, and invalid_request on client endpoints', async () => {
  const types = ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonp', undefined];
  for (const type of types) {
    expectEveryEndpoint(await sendToEveryEndpoint('{"name":"x"}', type), 415, 400);
  }
});

test('the endpoints of apps do not accept a form', async () => {
  const { register, change, rotate } = await sendToEveryEndpoint('name=Form&overlap_seconds=60', FORM_TYPE);
  for (const response of [register, change, rotate]) expectError(response as HttpResponse, 415);
});

test('returns 413 for a body of more than 64 KiB in any format', async () => {
  const large = 'x'.repeat(64 * 1024);
  expectEveryEndpoint(await sendToEveryEndpoint(`{"name":"${large}"}`, JSON_TYPE), 413);
  expectEveryEndpoint(await sendToEveryEndpoint(`name=${large}`, FORM_TYPE), 413);
});

test('returns 400 for a repeated form parameter on client endpoints, even with the same value or an unknown name', async () => {
  for (const body of ['token=a&token=b', 'token=a&token=a', 'token=a&x=1&x=2', 'grant_type=x&grant_type=y']) {
    const { token, revoke, introspect } = await sendToEveryEndpoint(body, FORM_TYPE);
    for (const response of [token, revoke, introspect]) expectOAuthError(response as HttpResponse, 'invalid_request');
  }
});

test('returns 404 as JSON for an unknown path', async () => {
  for (const path of ['/oauth', '/OAUTH/apps', '/oauth//apps', '/oauth/apps/../../etc/passwd']) {
    expectError(await bed.world.asAdmin(OWNER, 'GET', path), 404);
  }
});

test('returns 405 with the allowed methods', async () => {
  const headers = { authorization: `Bearer ${jwt}`, 'x-organization': 'acme' };
  await bed.tables.unchangedBy(async () => {
    for (const [method, path, allow] of [
      ['GET', '/oauth/token', 'POST'],
      ['PUT', '/oauth/token', 'POST'],
      ['OPTIONS', '/oauth/token', 'POST'],
      ['DELETE', '/oauth/token', 'POST'],
      ['GET', '/oauth/revoke', 'POST'],
      ['GET', '/oauth/introspect', 'POST'],
      ['GET', '/oauth/webhook_secret', 'POST'],
    ] as const) {
      const response = await bed.world.http(method, path, { headers });
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
      expect(response.body).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
    }
    for (const [method, path, allow] of [
      ['POST', '/oauth/authorize', 'GET, HEAD'],
      ['GET', '/oauth/authorize/consent', 'POST'],
      ['DELETE', '/oauth/apps', 'GET, HEAD, POST'],
      ['PUT', `/oauth/apps/${app.clientId}`, 'GET, HEAD, PATCH, DELETE'],
      ['POST', `/oauth/apps/${app.clientId}`, 'GET, HEAD, PATCH, DELETE'],
      ['GET', `/oauth/apps/${app.clientId}/rotate_secret`, 'POST'],
      ['GET', '/oauth/installs/x', 'DELETE'],
      ['POST', '/oauth/installs', 'GET, HEAD'],
      ['POST', '/.well-known/oauth-authorization-server', 'GET, HEAD, OPTIONS'],
      ['POST', '/consent', 'GET, HEAD'],
      ['POST', '/livez', 'GET, HEAD'],
    ] as const) {
      const response = await bed.world.http(method, path, { headers });
      expectError(response, 405);
      expect(response.headers.get('allow')).toBe(allow);
    }
  });
});

test('client endpoints forbid caching, also for HTTP/1.0, in every response', async () => {
  const responses = [
    await bed.world.exchange(app, await bed.world.code(app)),
    await bed.world.refresh(app, 'foor_x'),
    await bed.world.http('GET', '/oauth/token'),
    await bed.world.http('POST', '/oauth/revoke', { body: '{' }),
  ];
  for (const { headers } of responses) {
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  }
});

test('a malformed escape in the path is a client error', async () => {
  for (const path of ['/oauth/apps/%', '/oauth/apps/%zz', '/oauth/installs/%c0%af']) {
    const { status } = await bed.world.asAdmin(OWNER, path.includes('installs') ? 'DELETE' : 'GET', path);
    expect([path, status]).toEqual([path, expect.toBeOneOf([400, 404])]);
  }
});

test('returns 400 for page and per_page out of range, repeated or not a number', async () => {
  const pages = [
    'page=0',
    'page=-1',
    'page=1.5',
    'page=x',
    'page=10001',
    'page=1&page=2',
    'page=%201',
    'page=9999999999999999',
  ];
  const sizes = ['per_page=0', 'per_page=101', 'per_page=1e1', 'per_page=0x1'];
  for (const query of [...pages, ...sizes]) {
    expectError(await bed.world.asAdmin(OWNER, 'GET', `/oauth/apps?${query}`), 400);
    expectError(await bed.world.asAdmin(TARGET, 'GET', `/oauth/installs?${query}`), 400);
  }
  expectStatus(200, await bed.world.asAdmin(OWNER, 'GET', '/oauth/apps?page=10000&per_page=100'));
});

test('responds to bytes that are not HTTP with 400 and closes the connection', async () => {
  const { hostname, port } = new URL(bed.system.issuer);
  const socket = connect(Number(port), hostname).end('\x16\x03\x01 this is not HTTP\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /);
});

test('rejects a repeated member of a JSON body', async () => {
  const { clientId, clientSecret } = app;
  const body = `{"client_id":"${clientId}","client_secret":"${clientSecret}","grant_type":"x","grant_type":"refresh_token"}`;
  const response = await bed.world.http('POST', '/oauth/token', { body, headers: { 'content-type': JSON_TYPE } });
  expectOAuthError(response, 'invalid_request');
  expect(response.body.error_description).toBe('duplicate members: grant_type');
});

test('accepts a DELETE with a JSON content type and no body', async () => {
  const authorization = `Bearer ${await bed.system.platform.sign(TARGET.admin)}`;
  const headers = { authorization, 'x-organization': TARGET.subdomain, 'content-type': JSON_TYPE };
  expectStatus(204, await bed.world.http('DELETE', `/oauth/installs/${await bed.world.installId(app)}`, { headers }));
});
