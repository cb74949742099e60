/** Protected resource metadata (RFC 9728): clients that only know the API find the authorization server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import { resourceMetadataUrl } from '../../../services/gateway/v3/resource-metadata.ts';
import { CLOSED_PORT, ISSUER, RESOURCE, type RunningGateway, startGateway } from './support/gateway.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ introspection: [CLOSED_PORT] });
});
afterAll(() => gateway.stop());

describe.each([
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/api/v3',
])('%s', (path) => {
  test('names the API, its authorization server and its scopes, without a token and while introspection is down', async () => {
    const response = await gateway.call(path, undefined);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual({
      resource: RESOURCE,
      resource_name: 'FeatureOS v3 API',
      authorization_servers: [ISSUER],
      scopes_supported: SCOPE_CATALOG.map(({ name }) => name),
      bearer_methods_supported: ['header'],
    });
  });

  test('is public: cacheable, and readable by pages of other origins, which may add request headers', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await gateway.call(path, undefined, { method });
      expect(status).toBe(200);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('cache-control')).toMatch(/^public, max-age=/);
    }
    const preflight = await gateway.call(path, undefined, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'GET', 'access-control-request-headers': 'mcp-protocol-version' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is 405', async (method) => {
    const response = await gateway.call(path, undefined, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });
});

test('the path of the resource is appended to the well-known path', () => {
  for (const [resource, address] of [
    ['https://api.example', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/v3', 'https://api.example/.well-known/oauth-protected-resource/v3'],
    ['http://[::1]:8083/a/b', 'http://[::1]:8083/.well-known/oauth-protected-resource/a/b'],
  ] as const) {
    expect(resourceMetadataUrl({ resource, issuer: ISSUER })).toBe(address);
  }
});
