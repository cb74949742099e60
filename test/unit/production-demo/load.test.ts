/** The tokens with which the load of the production demo calls the API. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { Load } from '../../../scripts/production-demo/load.ts';
import { DEMO } from '../../../scripts/stack/demo-world.ts';

/** Calls that the app itself makes with its disconnected token. Further ones are those of the reader. */
const CALLS_AFTER_DISCONNECT = 5;
const LIMIT_MS = 10_000;

const active = new Set<string>();
let apps = 0;
let tokens = 0;
let disconnected = '';
let callsWithDisconnected = 0;

/** A fake auth-server and gateway. After the first disconnect every consent fails, so that no second app is disconnected. */
const server = createServer(async (request, response) => {
  const { status = 200, body = '' } = await respond(request);
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
});
const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function respond(request: IncomingMessage): Promise<{ status?: number; body?: string | object }> {
  const form = new URLSearchParams(await text(request));
  const path = `${request.method} ${request.url}`;
  if (path === 'GET /api/v3/feature_requests') return callApi(String(request.headers.authorization).slice(7));
  if (path === 'POST /oauth/apps') return { body: { client_id: `app ${++apps}`, client_secret: 'secret' } };
  if (path === 'POST /oauth/authorize/consent') {
    return disconnected === '' ? { body: { redirect_to: 'http://app.example/?code=code' } } : { status: 503 };
  }
  if (path === 'POST /oauth/token') return { body: issue(form.get('refresh_token')) };
  // 'app 1' is the app of the readers.
  if (path === 'GET /oauth/installs') return { body: { installs: [{ id: `token ${tokens}`, client_id: 'app 2' }] } };
  if (request.method === 'DELETE') {
    disconnected = `token ${tokens}`;
    active.delete(disconnected);
  }
  return {};
}

function callApi(token: string) {
  if (token === disconnected) callsWithDisconnected++;
  return { status: active.has(token) ? 200 : 401 };
}

function issue(replaced: string | null) {
  if (replaced !== null) active.delete(replaced);
  const token = `token ${++tokens}`;
  active.add(token);
  return { access_token: token, refresh_token: token };
}

test('readers call the API with a disconnected token, even if it is the only one', {
  timeout: 2 * LIMIT_MS,
}, async () => {
  const info = {
    auth_server: { http: url, grpc: '', internal_grpc: '' },
    gateway: { http: url },
    session_jwt_url: `${url}/session/`,
    demo: DEMO,
  };
  const load = new Load({ info }, { readers: 1, apps: 1, pauseMs: 0 });
  await load.start();
  await expect.poll(() => callsWithDisconnected, { timeout: LIMIT_MS }).toBeGreaterThan(CALLS_AFTER_DISCONNECT);
  await load.stop();
  expect((await load.take()).wrong).toEqual([]);
});
