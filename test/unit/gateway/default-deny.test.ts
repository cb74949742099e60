import { expect, test } from 'vitest';
import { createLog } from '#common/process/log.ts';
import type { IntrospectionClient } from '../../../services/gateway/introspection-client/introspection.ts';
import type { Endpoint } from '../../../services/gateway/v3/endpoint.ts';
import { createHttpServer } from '../../../services/gateway/v3/http-server.ts';

const almighty: IntrospectionClient = {
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
  close: () => {},
};

function serverWith(endpoints: readonly Endpoint[]) {
  return createHttpServer({
    maxConnections: 10,
    log: createLog('test', 'silent'),
    introspection: almighty,
    endpoints,
    isReady: async () => true,
  });
}

const headers = { authorization: 'Bearer token' };

test('a route that was added without a scope is refused', async () => {
  const server = serverWith([]);
  server.get('/api/v3/forgotten', async () => ({ secret: 1 }));
  const response = await server.inject({ url: '/api/v3/forgotten', headers });
  expect(response.statusCode).toBe(403);
  expect(response.body).not.toContain('secret');
});

test('a scope that is not in the catalog cannot be asked for', () => {
  const endpoint: Endpoint = {
    method: 'GET',
    path: '/api/v3/posts',
    access: { scope: 'post:read' },
    handler: async () => ({}),
  };
  expect(() => serverWith([endpoint])).toThrow('not in the scope catalog: post:read');
});

test('an unexpected fault says nothing about us', async () => {
  const handler = () => Promise.reject(new Error('password=hunter2'));
  const server = serverWith([{ method: 'GET', path: '/api/v3/x', access: { scope: 'posts:read' }, handler }]);
  const response = await server.inject({ url: '/api/v3/x', headers });
  expect(response.statusCode).toBe(500);
  expect(response.json()).toEqual({ message: expect.any(String), status: 500, success: false });
  expect(response.body).not.toContain('hunter2');
});
