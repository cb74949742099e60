/** The HTTP endpoints for proxies that do not support ext_authz, such as Traefik, Caddy and nginx. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type SentResponse, sendHttp } from '../support/send-http.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../support/world.ts';
import { whileDatabaseIsGone } from './support/outage.ts';

const UNUSABLE = 'The access token is missing, unknown, expired or revoked';
/** The challenges for a request without a token, and for one with an invalid token. */
const NO_TOKEN = 'Bearer scope="posts:read"';
const INVALID_TOKEN = 'Bearer error="invalid_token", scope="posts:read"';
const METADATA = 'https://api.example/.well-known/oauth-protected-resource';

const bed = testBed();
const nonLoopback = testBed({
  authz: { authzHttpHost: '0.0.0.0', authzScopeSource: 'header', authzResourceMetadata: METADATA },
});
let app: RegisteredApp;
let pair: Pair;

beforeAll(async () => {
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});

/** Calls an endpoint as a proxy does. */
const authorize = (
  path: string,
  headers: Record<string, string | string[]> = {},
  { system = bed.system, method = 'GET', body = '' } = {},
) => sendHttp(Number(new URL(system.introspectionHttp[0] as string).port), path, { method, headers }, body);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function expectRefused(
  response: SentResponse,
  status: number,
  message: string,
  challenge?: string,
  statusInBody = status,
): void {
  expect(response.status).toBe(status);
  expect(response.body).toBe(JSON.stringify({ message, status: statusInBody, success: false }));
  expect(response.headers['www-authenticate']).toBe(challenge);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(Object.keys(response.headers).filter((name) => name.startsWith('x-oauth-'))).toEqual([]);
}

describe.each([
  ['/authz/forward', 200, 400],
  ['/authz/request', 204, 401],
] as const)('%s', (path, allowed, badRequest) => {
  const READ = `${path}?scope=posts:read`;

  test('an allowed request gets the identity headers', async () => {
    for (const query of ['posts:read', 'posts%3Aread+comments:read', 'posts:read&scope=posts:write']) {
      const response = await authorize(`${path}?scope=${query}`, bearer(pair.access_token));
      expect(response).toMatchObject({ status: allowed, body: '' });
      expect(response.headers).toMatchObject({
        'x-oauth-organization-id': '2',
        'x-oauth-organization': 'globex',
        'x-oauth-client-id': app.clientId,
        'x-oauth-install-id': await bed.world.installId(app),
        'x-oauth-actor': 'app',
        'x-oauth-user-id': expect.stringMatching(/^[1-9][0-9]*$/),
        'x-oauth-scopes': 'posts:read posts:write comments:read',
        'cache-control': 'no-store',
      });
    }
  });

  test('ignores identity, scope and forwarding headers of the client', async () => {
    const spoofed = {
      'x-oauth-organization': 'acme',
      'x-oauth-user-id': '1',
      'x-oauth-scope': 'posts:read',
      'x-forwarded-uri': '/?scope=posts:read',
      'x-original-uri': '/?scope=posts:read',
    };
    const response = await authorize(READ, { ...bearer(pair.access_token), ...spoofed });
    expect(response.headers['x-oauth-organization']).toBe('globex');
    const without = await authorize(path, { ...bearer(pair.access_token), ...spoofed });
    expectRefused(without, 403, 'No OAuth scope is configured for this route');
  });

  test('denies as the v3 API does, and denies even a valid token on a route without a known scope', async () => {
    expectRefused(await authorize(READ), 401, UNUSABLE, NO_TOKEN);
    expectRefused(await authorize(READ, { authorization: 'Basic YTpi' }), 401, UNUSABLE, NO_TOKEN);
    for (const token of ['x', pair.refresh_token, 'x'.repeat(16_384)]) {
      expectRefused(await authorize(READ, bearer(token)), 401, UNUSABLE, INVALID_TOKEN);
    }
    expectRefused(
      await authorize(`${path}?scope=customers:read`, bearer(pair.access_token)),
      403,
      'Missing required OAuth scope: customers:read',
      'Bearer error="insufficient_scope", scope="customers:read"',
    );
    for (const query of ['', '?scope=', '?scopes=posts:read']) {
      const response = await authorize(path + query, bearer(pair.access_token));
      expectRefused(response, 403, 'No OAuth scope is configured for this route');
    }
    const unknown = await authorize(`${path}?scope=posts:raed`, bearer(pair.access_token));
    expectRefused(unknown, 403, 'The OAuth scope that is configured for this route does not exist');
  });

  test('rejects several authorization headers', async () => {
    const good = `Bearer ${pair.access_token}`;
    for (const authorization of [[good, good], [good, 'Basic eA=='], `${good}, ${good}`]) {
      const response = await authorize(READ, { authorization });
      const message = 'The request must have exactly one `authorization` header';
      expectRefused(response, badRequest, message, 'Bearer error="invalid_request"', 400);
    }
  });

  test('accepts the scheme in any case, and headers of more than 16 KiB', async () => {
    const large = Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`x-${index}`, 'v'.repeat(1_024)]));
    for (const scheme of ['bearer', 'BEARER']) {
      const response = await authorize(READ, { ...large, authorization: `${scheme} ${pair.access_token}` });
      expect(response.status).toBe(allowed);
    }
  });

  test('the next request after a disconnect is denied', async () => {
    const otherApp = await bed.world.registerApp();
    const { access_token: token } = await bed.world.install(otherApp);
    expect((await authorize(READ, bearer(token))).status).toBe(allowed);
    expectStatus(204, await bed.world.disconnect(await bed.world.installId(otherApp)));
    expectRefused(await authorize(READ, bearer(token)), 401, UNUSABLE, INVALID_TOKEN);
  });

  test('an outage is 503 with Retry-After', async () => {
    const { access_token: token } = await bed.world.install(await bed.world.registerApp());
    await whileDatabaseIsGone(bed.system.databaseUrl, async () => {
      const response = await authorize(READ, bearer(token));
      expectRefused(response, 503, 'the token could not be looked up: auth-server is unavailable');
      expect(response.headers['retry-after']).toBe('1');
    });
  });

  test('accepts HEAD, rejects other methods, and does not wait for a body', async () => {
    const head = await authorize(READ, bearer(pair.access_token), { method: 'HEAD' });
    expect(head).toMatchObject({ status: allowed, headers: { 'x-oauth-organization': 'globex' } });
    const post = await authorize(READ, bearer(pair.access_token), { method: 'POST' });
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    const headers = { ...bearer(pair.access_token), 'content-length': '1000' };
    const early = await authorize(READ, headers, { body: 'only the beginning' });
    expect(early).toMatchObject({ status: allowed, headers: { connection: 'close' } });
  });
});

test.each(['/', '/authz', '/authz/forward/', '//', '/metrics'])('returns 404 for %s', async (path) => {
  expectRefused(await authorize(path), 404, 'There is no such endpoint');
});

describe('on an address that is not loopback', () => {
  const NOT_A_GATEWAY =
    'The proxy must send a service token of kind gateway as `proxy-authorization: Bearer …`, or use a client certificate of that kind';
  const authorizeThere = (path: string, headers: Record<string, string | string[]>) =>
    authorize(path, headers, nonLoopback);
  const proxy = (token: string) => ({ 'proxy-authorization': `Bearer ${token}` });
  let token: string;
  beforeAll(async () => {
    token = (await nonLoopback.world.install(await nonLoopback.world.registerApp())).access_token;
  });

  test('a proxy must authenticate as a gateway', async () => {
    const { gateway, platform, operator } = nonLoopback.system.tokens;
    const clientHeaders = { ...bearer(token), 'x-oauth-scope': 'posts:read' };
    for (const headers of [
      {},
      proxy('unknown'),
      proxy(platform),
      proxy(operator),
      proxy(token),
      { 'proxy-authorization': [`Bearer ${gateway}`, `Bearer ${gateway}`] },
      { 'x-forwarded-for': '127.0.0.1' },
    ]) {
      const response = await authorizeThere('/authz/forward', { ...clientHeaders, ...headers });
      expectRefused(response, 403, NOT_A_GATEWAY);
    }
    for (let round = 0; round < 2; round++) {
      const response = await authorizeThere('/authz/forward', { ...clientHeaders, ...proxy(gateway) });
      expect(response.status).toBe(200);
    }
    const gatewayAsClient = { ...clientHeaders, ...bearer(gateway), ...proxy(gateway) };
    const asClient = await authorizeThere('/authz/forward', gatewayAsClient);
    expectRefused(asClient, 401, UNUSABLE, `${INVALID_TOKEN}, resource_metadata="${METADATA}"`);
  });

  test('reads scopes only from the header if that is configured', async () => {
    const headers = { ...bearer(token), ...proxy(nonLoopback.system.tokens.gateway) };
    const query = await authorizeThere('/authz/request?scope=posts:read', headers);
    expectRefused(query, 403, 'No OAuth scope is configured for this route');
    for (const scope of ['posts:read comments:read', ['posts:read', 'comments:read']]) {
      const response = await authorizeThere('/authz/request', { ...headers, 'x-oauth-scope': scope });
      expect(response.status).toBe(204);
    }
    const both = { ...headers, 'x-oauth-scope': ['posts:read', 'customers:read'] };
    expect((await authorizeThere('/authz/request', both)).status).toBe(403);
  });
});
