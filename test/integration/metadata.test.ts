import { expect, test } from 'vitest';
import { SCOPE_CATALOG } from '../../services/common/scopes/catalog.ts';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();

test('the metadata of RFC 8414 names every endpoint under the issuer, and what is supported', async () => {
  const { issuer } = bed.system;
  const methods = ['client_secret_basic', 'client_secret_post'];
  const answer = await bed.world.http('GET', '/.well-known/oauth-authorization-server');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.body).toEqual({
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: methods,
    scopes_supported: SCOPE_CATALOG.map(({ name }) => name),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  });
});

test('the endpoints that it names exist', async () => {
  const { body } = await bed.world.http('GET', '/.well-known/oauth-authorization-server');
  for (const [name, url] of Object.entries<string>(body).filter(([name]) => name.endsWith('_endpoint'))) {
    const method = name === 'authorization_endpoint' ? 'GET' : 'POST';
    expect([name, (await fetch(url, { method })).status]).toEqual([name, expect.toSatisfy((status) => status !== 404)]);
  }
});
