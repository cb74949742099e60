import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { metadataRoutes } from '../../services/auth-server/http/routes/metadata.ts';
import { SCOPE_CATALOG } from '../../services/common/scopes/catalog.ts';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();

test('the metadata (RFC 8414) lists the endpoints under the issuer, and what is supported', async () => {
  const { issuer } = bed.system;
  const methods = ['client_secret_basic', 'client_secret_post'];
  const response = await bed.world.http('GET', '/.well-known/oauth-authorization-server');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(response.body).toEqual({
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: methods,
    service_documentation: `${issuer}/docs`,
    scopes_supported: SCOPE_CATALOG.map(({ name }) => name),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    protected_resources: ['https://api.example/api/v3'],
  });
});

test('the listed endpoints exist', async () => {
  const { body } = await bed.world.http('GET', '/.well-known/oauth-authorization-server');
  for (const [name, url] of Object.entries<string>(body).filter(([name]) => name.endsWith('_endpoint'))) {
    const method = name === 'authorization_endpoint' ? 'GET' : 'POST';
    expect([name, (await fetch(url, { method })).status]).toEqual([name, expect.toSatisfy((status) => status !== 404)]);
  }
});

const PATHS = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

test.each(PATHS)('%s is public: caches can store it, pages of other origins can read it', async (path) => {
  const response = await bed.world.http('GET', path, { headers: { origin: 'https://app.example' } });
  expect(response.body).toEqual((await bed.world.http('GET', PATHS[0] as string)).body);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  expect(response.headers.get('cache-control')).toMatch(/^public, max-age=/);

  const preflight = await bed.world.http('OPTIONS', path, {
    headers: { 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-version' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
});

test('metadata of an issuer with a path is served where RFC 8414 and OpenID Connect put it, and without the path', async () => {
  const issuer = 'https://platform.example/identity/v2';
  const server = fastify();
  metadataRoutes(server, issuer, { grantTypes: ['authorization_code'], resources: [] });
  for (const path of [
    '/.well-known/oauth-authorization-server/identity/v2',
    '/.well-known/openid-configuration/identity/v2',
    '/identity/v2/.well-known/openid-configuration',
    ...PATHS,
  ]) {
    const response = await server.inject({ url: path });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` });
  }
});
