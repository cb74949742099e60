import type { IntrospectionClient } from '@featureos/introspection-client';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '#common/process/log.ts';
import { RequestObserver } from '../../../services/common/observe/request-observer.ts';
import type { Endpoint } from '../../../services/gateway/v3/endpoint.ts';
import { createHttpServer } from '../../../services/gateway/v3/http-server.ts';

const activeForEveryToken: Pick<IntrospectionClient, 'introspect'> = {
  introspect: async () => ({
    active: true,
    clientId: 'foapp_test',
    installId: 'install',
    organization: { id: 1, subdomain: 'acme' },
    actor: { mode: 'app', userId: 1 },
    scopes: ['posts:read'],
    issuedAt: new Date(0),
    expiresAt: new Date(0),
  }),
};

const log = createLog('test', 'silent');

function serverWith(endpoints: readonly Endpoint[]) {
  return createHttpServer({
    maxConnections: 10,
    log,
    observer: new RequestObserver(log, 1_000),
    introspection: activeForEveryToken,
    endpoints,
    api: { resource: 'https://platform.example/api/v3', issuer: 'https://auth.example' },
    isReady: async () => true,
    isDraining: () => false,
  });
}

/** Sends a request over a socket, because Fastify's injected requests have no `headersDistinct`. */
async function get(server: ReturnType<typeof serverWith>, path: string): Promise<Response> {
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(address + path, { headers: { authorization: 'Bearer token', connection: 'close' } });
  onTestFinished(() => server.close());
  return response;
}

test('rejects requests to a route that does not declare who may use it', async () => {
  const server = serverWith([]);
  server.get('/api/v3/forgotten', async () => ({ secret: 1 }));
  const response = await get(server, '/api/v3/forgotten');
  expect(response.status).toBe(403);
  expect(await response.text()).not.toContain('secret');
});

test('a route cannot require a scope that is not in the catalog', () => {
  const endpoint: Endpoint = {
    method: 'GET',
    path: '/api/v3/posts',
    access: { scope: 'post:read' },
    handler: async () => ({}),
  };
  expect(() => serverWith([endpoint])).toThrow('not in the scope catalog: post:read');
});

test('an unexpected error reveals nothing', async () => {
  const handler = () => Promise.reject(new Error('password=hunter2'));
  const server = serverWith([{ method: 'GET', path: '/api/v3/x', access: { scope: 'posts:read' }, handler }]);
  const response = await get(server, '/api/v3/x');
  expect(response.status).toBe(500);
  const body = await response.text();
  expect(JSON.parse(body)).toEqual({ message: expect.any(String), status: 500, success: false });
  expect(body).not.toContain('hunter2');
});
