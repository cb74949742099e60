/**
 * nginx, HAProxy, Caddy and Apache with the configurations of deploy/gateways, in front of this test's system. Proxies
 * that are not installed are skipped unless INTEROP_CLIENTS=required, as in CI (scripts/ensure-dependencies.ts --interop
 * installs them).
 */
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import type { SentResponse } from '../../support/send-http.ts';
import { testBed } from '../../support/test-bed.ts';
import { expectStatus, type Pair, type RegisteredApp } from '../../support/world.ts';
import { whileDatabaseIsGone } from '../../wire/support/outage.ts';
import { type Backend, type ReceivedRequest, startBackend } from './backend.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { isInstalled, PROXIES, type RunningProxy, startProxy } from './proxies.ts';

const POSTS = '/api/v3/feature_requests';
const COMMENTS = '/api/v3/comments';
const CUSTOMERS = '/api/v3/customers';

const bed = testBed();
let backend: Backend;
let app: RegisteredApp;
let pair: Pair;
beforeAll(async () => {
  backend = await startBackend();
  app = await bed.world.registerApp();
  pair = await bed.world.install(app);
});
afterAll(() => backend?.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const newToken = async () => (await bed.world.install(await bed.world.registerApp())).access_token;

/** All values of a header that the backend received, also under names with `_`, which some backends read as `-`. */
function valuesOf(response: SentResponse, name: string): string[] {
  expect(response.status).toBe(200);
  const { rawHeaders } = JSON.parse(response.body) as ReceivedRequest;
  return rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase().replaceAll('_', '-') === name && index % 2,
  );
}

describe.each(PROXIES)('$name', (program) => {
  const installed = isInstalled(program);
  test.runIf(process.env.INTEROP_CLIENTS === 'required')('is installed', () => expect(installed).toBe(true));

  describe.skipIf(!installed)('as configured in deploy/gateways', () => {
    let toIntrospection: FaultProxy;
    let proxy: RunningProxy;
    let client: KeepAliveClient;
    beforeAll(async () => {
      toIntrospection = await FaultProxy.start(Number(new URL(bed.system.introspectionHttp[0] as string).port));
      proxy = await startProxy(program, { INTROSPECTION: toIntrospection.address, BACKEND: backend.address });
    });
    afterAll(async () => {
      await proxy?.stop();
      await toIntrospection?.stop();
    });
    beforeEach(() => {
      client = new KeepAliveClient(proxy.port);
    });
    afterEach(() => client.close());

    test('an allowed request reaches the backend with its identity headers, which a client cannot set', async () => {
      const identity = {
        'x-oauth-organization-id': '2',
        'x-oauth-organization': 'globex',
        'x-oauth-client-id': app.clientId,
        'x-oauth-install-id': await bed.world.installId(app),
        'x-oauth-actor': 'app',
        'x-oauth-user-id': expect.stringMatching(/^[1-9][0-9]*$/),
        'x-oauth-scopes': 'posts:read posts:write comments:read',
      };
      const names = Object.keys(identity);
      const spoofed = Object.fromEntries(
        names.flatMap((header) => [
          [header, ['1', '2']],
          [header.toUpperCase().replaceAll('-', '_'), '1'],
          [header.replace('oauth-', 'oauth_'), '1'],
        ]),
      );
      for (const path of [POSTS, `${POSTS}/7?scope=none&q=a%20b`, COMMENTS]) {
        for (const headers of [{}, spoofed]) {
          const response = await client.send(path, { ...headers, ...bearer(pair.access_token) });
          expect(Object.fromEntries(names.map((header) => [header, valuesOf(response, header)]))).toEqual(
            Object.fromEntries(Object.entries(identity).map(([header, value]) => [header, [value]])),
          );
          expect((JSON.parse(response.body) as ReceivedRequest).url).toBe(path);
        }
      }
      const post = await client.send(POSTS, bearer(pair.access_token), 'POST', 'x'.repeat(100_000));
      expect(post).toMatchObject({ status: 200, reused: true });
    });

    test('a missing or malformed token is 401 with a challenge', async () => {
      for (const [headers, challenge] of [
        [{}, 'Bearer scope="posts:read"'],
        [{ authorization: 'Basic YTpi' }, 'Bearer scope="posts:read"'],
        [bearer('malformed'), 'Bearer error="invalid_token", scope="posts:read"'],
        [bearer('x'.repeat(4_000)), 'Bearer error="invalid_token", scope="posts:read"'],
      ] as const) {
        const response = await client.send(POSTS, headers);
        expect(response).toMatchObject({ status: 401, headers: { 'www-authenticate': challenge } });
        expect(JSON.parse(response.body)).toMatchObject({ status: 401, success: false });
      }
    });

    test('a missing scope is 403 with its name', async () => {
      const response = await client.send(CUSTOMERS, bearer(pair.access_token));
      const challenge = 'Bearer error="insufficient_scope", scope="customers:read"';
      expect(response).toMatchObject({ status: 403, headers: { 'www-authenticate': challenge } });
      expect(JSON.parse(response.body)).toMatchObject({ status: 403, success: false });
    });

    test('a route without a scope denies every request, even if the client sends a scope', async () => {
      const other = ['/', '/api/v3/other', '/api/v3/other?scope=posts:read', '/authz/request?scope=posts:read'];
      for (const path of [...other, `${POSTS}_export`, `${POSTS}.json`]) {
        const headers = { ...bearer(pair.access_token), 'x-oauth-scope': 'posts:read' };
        expect((await client.send(path, headers)).status, path).toBe(403);
      }
    });

    test('a path below a route requires the scope of the route', async () => {
      expect((await client.send(`${POSTS}/1`, bearer(pair.access_token))).status).toBe(200);
      expect((await client.send(`${CUSTOMERS}/1`, bearer(pair.access_token))).status).toBe(403);
    });

    test('dot segments and repeated slashes do not bypass the scope of a route', async () => {
      for (const path of [
        `${POSTS}/../customers`,
        `${POSTS}/%2e%2e/customers`,
        `${POSTS}/..%2fcustomers`,
        `${POSTS}/./../customers`,
        '/api/v3//feature_requests/../customers',
      ]) {
        expect([400, 403, 404], path).toContain((await client.send(path, bearer(pair.access_token))).status);
      }
    });

    test('rejects several authorization headers, and one with several tokens', async () => {
      const good = `Bearer ${pair.access_token}`;
      for (const authorization of [[good, good], [good, 'Bearer unknown'], `${good}, ${good}`]) {
        expect([400, 401]).toContain((await client.send(POSTS, { authorization })).status);
      }
    });

    test('the next request after a disconnect is denied, on the same connection', async () => {
      const otherApp = await bed.world.registerApp();
      const { access_token: token } = await bed.world.install(otherApp);
      expect((await client.send(POSTS, bearer(token))).status).toBe(200);
      expect(await client.send(POSTS, bearer(token))).toMatchObject({ status: 200, reused: true });
      expectStatus(204, await bed.world.disconnect(await bed.world.installId(otherApp)));
      const headers = { 'www-authenticate': 'Bearer error="invalid_token", scope="posts:read"' };
      expect(await client.send(POSTS, bearer(token))).toMatchObject({ status: 401, reused: true, headers });
      expect(await client.send(POSTS, bearer(pair.access_token))).toMatchObject({ status: 200, reused: true });
    });

    test('503 if introspection cannot decide, because Postgres is gone', async () => {
      const token = await newToken();
      await whileDatabaseIsGone(bed.system.databaseUrl, async () => {
        const response = await client.send(POSTS, bearer(token));
        expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      });
      expect((await client.send(POSTS, bearer(token))).status).toBe(200);
    });

    test('503 for every token while introspection is down', async () => {
      expect((await client.send(POSTS, bearer(pair.access_token))).status).toBe(200);
      toIntrospection.refuse();
      for (const token of [pair.access_token, 'unknown']) {
        const response = await client.send(POSTS, bearer(token));
        expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      }
      toIntrospection.heal();
      expect((await client.send(POSTS, bearer(pair.access_token))).status).toBe(200);
    });

    test.each([
      ['without a response', ''],
      ['in the headers of a response', 'HTTP/1.1 200 OK\r\nx-oauth-actor: app\r\n'],
      ['after an interim response', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ])('503 if introspection closes the connection %s', async (_when, sent) => {
      const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(sent)));
      const INTROSPECTION = `127.0.0.1:${await listenOnLoopback(server)}`;
      const otherProxy = await startProxy(program, { INTROSPECTION, BACKEND: backend.address });
      const otherClient = new KeepAliveClient(otherProxy.port);
      const response = await otherClient.send(POSTS, bearer(pair.access_token)).finally(() => otherClient.close());
      await otherProxy.stop();
      server.close();
      expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    });
  });
});
