import type { FastifyInstance } from 'fastify';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';

const CLIENT_AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post'];

/** RFC 8414: what a stock client needs to find its way. */
export function metadataRoute(server: FastifyInstance, issuer: string): void {
  server.get('/.well-known/oauth-authorization-server', async () => ({
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
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }));
}
