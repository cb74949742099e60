import type { FastifyInstance } from 'fastify';
import { servePublicMetadata } from '#common/http/public-metadata.ts';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';

const CLIENT_AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post'];

interface Supported {
  readonly grantTypes: readonly string[];
  /** The resources that tokens are for (RFC 9728 section 4). */
  readonly resources: readonly string[];
}

/** Authorization server metadata (RFC 8414), at every address that clients derive from the issuer. */
export function metadataRoutes(server: FastifyInstance, issuer: string, supported: Supported): void {
  servePublicMetadata(server, metadataPaths(new URL(issuer).pathname), metadataOf(issuer, supported));
}

/**
 * RFC 8414 section 3.1 puts the issuer's path after the well-known path, and OpenID Connect Discovery puts it before. A
 * proxy may have removed the issuer's path. Clients of OpenID Connect request `openid-configuration` (RFC 8414 section 5).
 */
function metadataPaths(issuerPath: string): Set<string> {
  const path = issuerPath.replace(/\/$/, '');
  const names = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];
  return new Set(names.flatMap((name) => [name, `${name}${path}`, `${path}${name}`]));
}

function metadataOf(issuer: string, { grantTypes, resources }: Supported) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    service_documentation: new URL('/docs', issuer).href,
    scopes_supported: SCOPE_CATALOG.map(({ name }) => name),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    // RFC 9728 section 4.
    protected_resources: resources,
  };
}
