import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { sendHttp } from '../../support/send-http.ts';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { active, inactive, type Replica, startReplica } from './support/replica.ts';

const POSTS = '/api/v3/feature_requests';
const METADATA = 'resource_metadata="https://platform.example/.well-known/oauth-protected-resource/api/v3"';
/** RFC 6750 section 3.1: no error code without a token. */
const NO_TOKEN = `Bearer scope="posts:read", ${METADATA}`;
const INVALID_TOKEN = `Bearer error="invalid_token", scope="posts:read", ${METADATA}`;

let replica: Replica;
let gateway: RunningGateway;

beforeAll(async () => {
  replica = await startReplica({
    all: active(['posts:read', 'posts:write', 'comments:read', 'comments:write', 'customers:read', 'webhooks:manage']),
    reader: active(['posts:read']),
    nothing: active([]),
    expired: inactive(InactiveReason.EXPIRED),
    revoked: inactive(InactiveReason.REVOKED),
    suspended: inactive(InactiveReason.SUSPENDED),
  });
  gateway = await startGateway({ introspection: [replica.address] });
});

afterAll(async () => {
  await gateway.stop();
  await replica.kill();
});

async function expectRefusal(response: Response, status: number, challenge: string | null): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('www-authenticate')).toBe(challenge);
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ message: expect.any(String), status, success: false });
}

describe('no usable token', () => {
  test.each(['unknown', 'expired', 'revoked', 'suspended', 'x'.repeat(8_000)])('token %s', async (token) => {
    await expectRefusal(await gateway.call(POSTS, token), 401, INVALID_TOKEN);
  });

  test.each([
    ['', NO_TOKEN],
    ['Bearer', NO_TOKEN],
    ['Bearer ', NO_TOKEN],
    ['Basic YWxsOmFsbA==', NO_TOKEN],
    ['Token all', NO_TOKEN],
    ['all', NO_TOKEN],
    ['Bearer all, reader', INVALID_TOKEN],
  ])('Authorization: %s', async (authorization, challenge) => {
    await expectRefusal(await gateway.call(POSTS, undefined, { headers: { authorization } }), 401, challenge);
  });

  test.each([
    'Bearer all, Bearer reader',
    'Basic YWxsOmFsbA==,Bearer all',
    'Bearer all,Basic YWxsOmFsbA==',
  ])('several credentials, joined into one header by a proxy, are 400: %s', async (authorization) => {
    const response = await gateway.call(POSTS, undefined, { headers: { authorization } });
    await expectRefusal(response, 400, 'Bearer error="invalid_request"');
  });

  test('a token in the query is ignored', async () => {
    await expectRefusal(await gateway.call(`${POSTS}?access_token=all`, undefined), 401, NO_TOKEN);
  });

  test('a token in the body is ignored', async () => {
    const response = await gateway.post(POSTS, undefined, { access_token: 'all', title: 'x' });
    await expectRefusal(response, 401, `Bearer scope="posts:write", ${METADATA}`);
  });

  test('checks the token before the body and the content type', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{' };
    const challenge = `Bearer error="invalid_token", scope="posts:write", ${METADATA}`;
    await expectRefusal(await gateway.call(POSTS, 'revoked', init), 401, challenge);
  });

  test.each([
    '/',
    '/api/v3/nowhere',
    '/api/v3/api_keys',
  ])('without a valid token, missing endpoints and those not opened to apps are indistinguishable: %s', async (path) => {
    await expectRefusal(await gateway.call(path, 'revoked'), 401, `Bearer error="invalid_token", ${METADATA}`);
    await expectRefusal(await gateway.call(path, undefined), 401, `Bearer ${METADATA}`);
  });
});

describe('403: the token does not permit the request', () => {
  test.each([
    ['GET', POSTS, 'posts:read'],
    ['HEAD', POSTS, 'posts:read'],
    ['POST', POSTS, 'posts:write'],
    ['GET', '/api/v3/session_info', 'posts:read'],
    ['GET', '/api/v3/comments', 'comments:read'],
    ['POST', '/api/v3/comments', 'comments:write'],
    ['GET', '/api/v3/customers', 'customers:read'],
  ])('%s %s needs %s', async (method, path, scope) => {
    const response = await gateway.call(path, 'nothing', { method });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="${scope}", ${METADATA}`,
    );
    const body = JSON.stringify({ message: `Missing required OAuth scope: ${scope}`, status: 403, success: false });
    expect(await response.text()).toBe(method === 'HEAD' ? '' : body);
  });

  test('a read scope does not permit writing', async () => {
    expect((await gateway.call(POSTS, 'reader')).status).toBe(200);
    expect((await gateway.post(POSTS, 'reader', { title: 'x' })).status).toBe(403);
  });

  test('no scope permits an endpoint that is not opened to apps', async () => {
    await expectRefusal(await gateway.call('/api/v3/api_keys', 'all'), 403, null);
  });
});

describe('invalid requests', () => {
  test('an unknown path', async () => {
    await expectRefusal(await gateway.call('/api/v3/nowhere', 'all'), 404, null);
    await expectRefusal(await gateway.call('/API/v3/feature_requests', 'all'), 404, null);
  });

  test('another method: 405 with the allowed methods; on a guarded route, only for a valid token', async () => {
    const response = await gateway.call(POSTS, 'all', { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
    await expectRefusal(response, 405, null);
    await expectRefusal(await gateway.call(POSTS, undefined, { method: 'DELETE' }), 401, NO_TOKEN);
    await expectRefusal(await gateway.call('/livez', undefined, { method: 'POST' }), 405, null);
  });

  test('a path that cannot be decoded', async () => {
    await expectRefusal(await gateway.call('/api/v3/%zz', 'all'), 400, null);
  });

  test.each(['{', '', '[]', '"x"', 'null'])('a body of %s', async (body) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    await expectRefusal(await gateway.call(POSTS, 'all', init), 400, null);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('type %s', async (type) => {
    const init = { method: 'POST', headers: { 'content-type': type }, body: 'title=x' };
    await expectRefusal(await gateway.call(POSTS, 'all', init), 415, null);
  });

  test('a body over 64 KiB', async () => {
    await expectRefusal(await gateway.post(POSTS, 'all', { title: 'x'.repeat(64 * 1024) }), 413, null);
  });

  test.each([
    'page=0',
    'page=-1',
    'page=x',
    'page=10001',
    'per_page=101',
    'per_page=',
    'page=1&page=2',
  ])('?%s', async (query) => {
    await expectRefusal(await gateway.call(`${POSTS}?${query}`, 'all'), 400, null);
  });

  test.each([
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['broken HTTP', 'not http\r\n\r\n', 400],
  ])('%s', async (_, bytes, status) => {
    const response = await sendRaw(bytes);
    const [head = '', body = ''] = response.split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toMatch(/^x-request-id: [0-9a-f-]{36}$/m);
    expect(JSON.parse(body)).toEqual({ message: expect.any(String), status, success: false });
  });
});

describe('X-Request-Id', () => {
  test('keeps a safe id, also in error responses', async () => {
    const headers = { 'x-request-id': 'abc-123_X.y' };
    expect((await gateway.call(POSTS, 'all', { headers })).headers.get('x-request-id')).toBe('abc-123_X.y');
    expect((await gateway.call(POSTS, undefined, { headers })).headers.get('x-request-id')).toBe('abc-123_X.y');
  });

  test.each(['', 'a b', 'x'.repeat(65), '<script>', 'a;b'])('%j is replaced', async (id) => {
    const port = Number(new URL(gateway.url).port);
    const { headers } = await sendHttp(port, '/livez', { headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    let response = '';
    connect(Number(port), hostname)
      .on('data', (chunk) => {
        response += chunk.toString();
      })
      .on('error', reject)
      .on('close', () => resolve(response))
      .write(bytes);
  });
}
