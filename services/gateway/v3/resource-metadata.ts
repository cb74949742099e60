import type { FastifyInstance } from 'fastify';
import { servePublicMetadata } from '#common/http/public-metadata.ts';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';

/** The API as a protected resource (RFC 9728). */
export interface ProtectedResource {
  /** Its public URL. */
  readonly resource: string;
  /** The authorization server that issues its tokens. */
  readonly issuer: string;
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** RFC 9728 section 3.1: the resource's path follows the well-known one. */
export function resourceMetadataUrl({ resource }: ProtectedResource): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}${WELL_KNOWN}${pathname.replace(/\/$/, '')}`;
}

/** Serves the metadata (RFC 9728) with and without the resource's path, because some clients request the latter. */
export function resourceMetadataRoutes(server: FastifyInstance, api: ProtectedResource): void {
  const document = {
    resource: api.resource,
    resource_name: 'FeatureOS v3 API',
    authorization_servers: [api.issuer],
    scopes_supported: SCOPE_CATALOG.map(({ name }) => name),
    bearer_methods_supported: ['header'],
  };
  const paths = new Set([WELL_KNOWN, new URL(resourceMetadataUrl(api)).pathname]);
  servePublicMetadata(server, paths, document, { access: 'public' });
}
