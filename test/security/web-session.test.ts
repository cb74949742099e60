/** Session cookies: browsers attach them to requests of any page, so a change must come from the pages of the service. */
import { beforeAll, describe, expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER_ADMIN, REDIRECT_URI, type RegisteredApp, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();
const COOKIE = 'featureos_session';
const JSON_TYPE = { 'content-type': 'application/json' };
let app: RegisteredApp;

beforeAll(async () => {
  app = await bed.world.registerApp();
});

const cookieOf = async (userId: number) => ({ cookie: `${COOKIE}=${await bed.system.platform.sign(userId)}` });
/** The headers of requests that our own pages send. */
const sameOrigin = () => ({ origin: bed.system.issuer, 'sec-fetch-site': 'same-origin' });

/** A change over HTTP or RPC. Only the origin check responds to it with 403. */
type Change = [
  name: string,
  userId: number,
  method: string,
  path: () => string,
  organization: string,
  body: () => unknown,
];
const CHANGES: Change[] = [
  ['register', OWNER_ADMIN, 'POST', () => '/oauth/apps', 'acme', () => ({ name: 'x' })],
  ['change', OWNER_ADMIN, 'PATCH', () => `/oauth/apps/${app.clientId}`, 'acme', () => ({ name: 'Renamed' })],
  ['rotate', OWNER_ADMIN, 'POST', () => `/oauth/apps/${app.clientId}/rotate_secret`, 'acme', () => ({})],
  ['delete', OWNER_ADMIN, 'DELETE', () => `/oauth/apps/${app.clientId}`, 'acme', () => undefined],
  ['consent', TARGET_ADMIN, 'POST', () => '/oauth/authorize/consent', 'globex', () => consentBody()],
  ['disconnect', TARGET_ADMIN, 'DELETE', () => '/oauth/installs/x', 'globex', () => undefined],
  ['rpc: consent', TARGET_ADMIN, 'POST', () => rpc('ConsentService/DecideConsent'), 'globex', () => ({})],
  ['rpc: rotate', OWNER_ADMIN, 'POST', () => rpc('AppService/RotateAppSecret'), 'acme', () => ({})],
  ['rpc: disconnect', TARGET_ADMIN, 'POST', () => rpc('InstallService/Disconnect'), 'globex', () => ({})],
];

/** The headers of requests from other origins, and of requests that name none. */
const FOREIGN: Record<string, string>[] = [
  {},
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
];

describe.each(CHANGES)('%s', (name, userId, method, path, organization, body) => {
  test.each(FOREIGN)('CSRF: rejects the cookie with %j', async (foreign) => {
    const headers = { ...JSON_TYPE, ...(await cookieOf(userId)), 'x-organization': organization, ...foreign };
    const response = await bed.world.http(method, path(), { headers, ...(body() !== undefined && { body: body() }) });
    expect(response.status).toBe(403);
  });

  test('requests from the pages of the service pass the origin check', async () => {
    const headers = { ...JSON_TYPE, ...(await cookieOf(userId)), 'x-organization': organization, ...sameOrigin() };
    const response = await bed.world.http(method, path(), { headers, ...(body() !== undefined && { body: body() }) });
    expect(response.status).not.toBe(403);
    expect(response.status).not.toBe(401);
    if (name === 'delete') app = await bed.world.registerApp();
  });
});

test('the cookie authenticates reads, but other origins cannot see the response', async () => {
  const headers = { ...(await cookieOf(OWNER_ADMIN)), 'x-organization': 'acme', 'sec-fetch-site': 'cross-site' };
  const response = expectStatus(200, await bed.world.http('GET', '/oauth/apps', { headers }));
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

test('responses to a cookie are not cacheable, neither data nor errors', async () => {
  const headers = { ...JSON_TYPE, ...(await cookieOf(OWNER_ADMIN)), ...sameOrigin(), 'x-organization': 'acme' };
  for (const [method, path, body] of [
    ['GET', '/oauth/apps'],
    ['GET', `/oauth/apps/${app.clientId}`],
    ['GET', `/oauth/apps/${app.clientId}/hooks`],
    ['GET', `/oauth/apps/${app.clientId}/deliveries`],
    ['GET', '/oauth/installs'],
    ['GET', '/oauth/apps/none'],
    ['GET', '/nowhere'],
    ['PATCH', `/oauth/apps/${app.clientId}`, { name: '' }],
    ['POST', rpc('AppService/ListApps'), {}],
    ['POST', rpc('SessionService/GetSession'), {}],
  ] as const) {
    const response = await bed.world.http(method, path, { headers, ...(body !== undefined && { body }) });
    expect([path, response.headers.get('cache-control')]).toEqual([path, 'no-store']);
  }
});

test('Basic credentials of a proxy are ignored if there is a cookie, and are not a session', async () => {
  const basic = { authorization: 'Basic c3RhZ2luZzpzdGFnaW5n', 'x-organization': 'acme' };
  const headers = { ...basic, ...(await cookieOf(OWNER_ADMIN)) };
  expectStatus(200, await bed.world.http('GET', '/oauth/apps', { headers }));
  expectStatus(401, await bed.world.http('GET', '/oauth/apps', { headers: basic }));
  expectStatus(403, await bed.world.http('DELETE', `/oauth/apps/${app.clientId}`, { headers }));
});

test.each([
  ['expired', { claims: { exp: 1_000_000_000 } }],
  ['for another audience', { claims: { aud: 'other' } }],
])('a session that is %s is invalid in a cookie, too', async (_name, wrong) => {
  const cookie = `${COOKIE}=${await bed.system.platform.sign(OWNER_ADMIN, wrong)}`;
  const headers = { cookie, 'x-organization': 'acme', ...sameOrigin() };
  expect((await bed.world.http('GET', '/oauth/apps', { headers })).status).toBe(401);
});

test('rejects two session cookies', async () => {
  const { cookie } = await cookieOf(OWNER_ADMIN);
  const secondCookie = `${COOKIE}=${await bed.system.platform.sign(TARGET_ADMIN)}`;
  const headers = { cookie: `${secondCookie}; ${cookie}`, 'x-organization': 'acme' };
  expect((await bed.world.http('GET', '/oauth/apps', { headers })).status).toBe(401);
});

test.each([
  ['an invalid bearer token', 'Bearer a.b.c'],
  ['an empty Authorization header', ''],
])('a cookie does not replace %s', async (_what, authorization) => {
  const cookie = await cookieOf(OWNER_ADMIN);
  const headers = { ...cookie, authorization, 'x-organization': 'acme' };
  expect((await bed.world.http('GET', '/oauth/apps', { headers })).status).toBe(401);
  const ofPage = { ...cookie, ...sameOrigin(), ...JSON_TYPE, authorization };
  const response = await bed.world.http('POST', rpc('SessionService/GetSession'), { headers: ofPage, body: {} });
  expect(response.status).toBe(401);
});

test('a service token in the cookie is invalid', async () => {
  const headers = { cookie: `${COOKIE}=${bed.system.tokens.operator}`, ...sameOrigin(), ...JSON_TYPE };
  const response = await bed.world.http('POST', rpc('SessionService/GetSession'), { headers, body: {} });
  expect(response.status).toBe(401);
});

const rpc = (method: string) => `/featureos.oauth.v1.${method}`;

function consentBody() {
  return { client_id: app.clientId, redirect_uri: REDIRECT_URI, target_organization_id: 2, actor: 'app' };
}

test('pages of other origins can load neither responses to the cookie nor assets', async () => {
  const headers = { ...(await cookieOf(OWNER_ADMIN)), 'x-organization': 'acme' };
  for (const path of ['/oauth/apps', '/oauth/installs', '/apps', '/favicon.svg', '/nothing']) {
    const response = await bed.world.http('GET', path, { headers });
    expect([path, response.headers.get('cross-origin-resource-policy')]).toEqual([path, 'same-origin']);
  }
});
