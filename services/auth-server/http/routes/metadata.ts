import type { FastifyInstance } from 'fastify';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';

const CLIENT_AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post'];

/** Public, and asked for by pages of other origins. */
const HEADERS = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' };
const PREFLIGHT_HEADERS = {
  ...HEADERS,
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
};

/** RFC 8414: what a stock client needs to find its way, wherever it looks with no more than the issuer. */
export function metadataRoutes(server: FastifyInstance, issuer: string, grantTypes: readonly string[]): void {
  const metadata = metadataOf(issuer, grantTypes);
  for (const path of metadataPaths(new URL(issuer).pathname)) {
    server.get(path, async (_request, reply) => reply.headers(HEADERS).send(metadata));
    server.options(path, async (_request, reply) => reply.headers(PREFLIGHT_HEADERS).code(204).send());
  }
}

/**
 * RFC 8414 section 3.1 puts the issuer's path behind the well-known one, OpenID Connect Discovery in front of it; a proxy
 * may have taken the path away. Section 5: clients of OpenID Connect look under its name.
 */
function metadataPaths(issuerPath: string): Set<string> {
  const path = issuerPath.replace(/\/$/, '');
  const names = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];
  return new Set(names.flatMap((name) => [name, `${name}${path}`, `${path}${name}`]));
}

function metadataOf(issuer: string, grantTypes: readonly string[]) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    scopes_supported: SCOPE_CATALOG.map(({ name }) => name),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  };
}
