import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { OPERATIONS, openApiDocument } from '../../../services/auth-server/http/openapi/document.ts';
import { logoRoutes } from '../../../services/auth-server/http/routes/app-logos.ts';
import { appRoutes } from '../../../services/auth-server/http/routes/apps.ts';
import { authorizeRoutes } from '../../../services/auth-server/http/routes/authorize.ts';
import { installRoutes } from '../../../services/auth-server/http/routes/installs.ts';
import { clientRoutes } from '../../../services/auth-server/http/routes/token.ts';
import { webhookRoutes } from '../../../services/auth-server/http/routes/webhooks.ts';

test('the OpenAPI document has every route under /oauth, and no other', () => {
  const routes: string[] = [];
  const server = fastify({ exposeHeadRoutes: false });
  server.addHook('onRoute', ({ method, url }) => {
    routes.push(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
  const unused = {} as never;
  appRoutes(server, unused, unused);
  logoRoutes(server, unused, unused);
  authorizeRoutes(server, unused, unused, '/consent');
  installRoutes(server, unused, unused);
  webhookRoutes(server, unused, unused);
  clientRoutes(server, unused, unused, unused);
  const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(described.sort()).toEqual(routes.sort());
});

test('operation ids are unique', () => {
  const ids = OPERATIONS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('unknown fields are excluded only from the request bodies in which the server rejects them, and from no response', () => {
  const { schemas } = openApiDocument('https://auth.example.com').components;
  const strict = Object.entries(schemas).filter(([, schema]) =>
    JSON.stringify(schema).includes('"additionalProperties":false'),
  );
  expect(strict.map(([name]) => name)).toEqual(['AppRegistration', 'AppChange', 'SecretRotation']);
});
