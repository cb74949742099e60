/** Headers that a proxy and the server behind it could read differently: repeated ones, a missing Host, unknown expectations. */
import { connect } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';
import { basicCredentials, OWNER_ADMIN } from '../support/world.ts';
import { startGateway } from '../unit/gateway/support/gateway.ts';

const bed = testBed();
const HOST = 'host: x';
const FORM = 'content-type: application/x-www-form-urlencoded';
const BODY = 'grant_type=refresh_token&refresh_token=x';

let basic: string;
let bearer: string;
let token: string;
beforeAll(async () => {
  const app = await bed.world.registerApp();
  token = (await bed.world.install(app)).access_token;
  basic = `authorization: ${basicCredentials(app)}`;
  bearer = `authorization: Bearer ${await bed.system.platform.sign(OWNER_ADMIN)}`;
});

/** Sends the header lines unchanged, Content-Length for a body, and Connection. `start`: request line, or method and path. */
async function send(url: string, start: string, lines: readonly string[], body = '') {
  const { hostname, port } = new URL(url);
  const line = start.includes('HTTP/') ? start : `${start} HTTP/1.1`;
  const length = body === '' ? [] : [`content-length: ${body.length}`];
  const socket = connect(Number(port), hostname);
  socket.write([line, ...lines, ...length, 'connection: close', '', body].join('\r\n'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return { status: Number(text.slice(9, 12)), hasRequestId: /^x-request-id: \S/im.test(text), text };
}

const post = (path: string, ...lines: string[]) =>
  send(bed.system.issuer, `POST ${path}`, [HOST, FORM, ...lines], BODY);

async function gatewayUrl(): Promise<string> {
  const { introspectionGrpc: introspection, tokens } = bed.system;
  const gateway = await startGateway({ introspection, serviceToken: tokens.gateway });
  onTestFinished(() => gateway.stop());
  return gateway.url;
}

test('two Authorization headers do not authenticate a client', async () => {
  const { status, text } = await post('/oauth/token', basic, 'authorization: Basic b3RoZXI6c2VjcmV0');
  expect(status).toBe(401);
  expect(text).toContain('invalid_client');
  expect((await post('/oauth/token', basic)).text).toContain('invalid_grant');
});

test('two Authorization headers do not authenticate a user', async () => {
  const { issuer } = bed.system;
  const lines = [HOST, 'x-organization: acme', bearer];
  expect((await send(issuer, 'GET /oauth/apps', lines)).status).toBe(200);
  expect((await send(issuer, 'GET /oauth/apps', [...lines, 'authorization: Bearer other'])).status).toBe(401);
});

test('two Authorization headers do not authenticate an app at the API', async () => {
  const url = await gatewayUrl();
  const lines = [HOST, `authorization: Bearer ${token}`];
  expect((await send(url, 'GET /api/v3/feature_requests', lines)).status).toBe(200);
  const twice = [...lines, 'authorization: Bearer other'];
  expect((await send(url, 'GET /api/v3/feature_requests', twice)).status).toBe(400);
});

test('rejects two content types', async () => {
  const { status, text } = await post('/oauth/token', basic, 'content-type: application/json');
  expect(status).toBe(400);
  expect(text).toContain('invalid_request');
});

describe.each<[string, () => string | Promise<string>]>([
  ['auth-server', () => bed.system.issuer],
  ['gateway', gatewayUrl],
])('%s', (_name, urlOf) => {
  test('rejects a missing or repeated Host, with a request id in the response; HTTP/1.0 needs no Host', async () => {
    const url = await urlOf();
    for (const lines of [[], [HOST, HOST], [HOST, 'host: y']]) {
      expect(await send(url, 'GET /livez', lines)).toMatchObject({ status: 400, hasRequestId: true });
    }
    expect((await send(url, 'GET /livez HTTP/1.0', [])).status).toBe(200);
  });

  test('an unknown expectation is ignored', async () => {
    const response = await send(await urlOf(), 'GET /livez', [HOST, 'expect: the-best']);
    expect(response).toMatchObject({ status: 200, hasRequestId: true });
  });
});
