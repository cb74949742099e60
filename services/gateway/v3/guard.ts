import { type ActiveToken, type IntrospectionClient, Refusal, RouteGuard } from '@featureos/introspection-client';
import type { FastifyInstance } from 'fastify';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';

/** Which requests a route admits: all, none, or those whose token has this scope. */
type Access = 'public' | 'not opened' | { readonly scope: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Default: not opened. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Set by the guard on routes with a scope; null otherwise. */
    token: ActiveToken | null;
  }
}

/**
 * Checks the token of each request before its body is read, except on public routes. Denies by default: other routes are only
 * open if they have a scope. Unknown paths and routes that are not opened also require a token first, so that a client without
 * one cannot distinguish them. `resourceMetadata`: the URL of the metadata (RFC 9728).
 */
export function guardRoutes(
  server: FastifyInstance,
  introspection: Pick<IntrospectionClient, 'introspect'>,
  resourceMetadata: string,
): void {
  const guard = (...scopes: string[]) => new RouteGuard(introspection, scopes, resourceMetadata);
  const withoutScope = guard();
  const byScope = new Map(SCOPE_CATALOG.map(({ name }) => [name, guard(name)]));
  server.decorateRequest('token', null);
  server.addHook('onRequest', async (request) => {
    const { access = 'not opened' } = request.routeOptions.config;
    if (access === 'public') return;
    const forScope = access === 'not opened' ? undefined : byScope.get(access.scope);
    // Not from `request.headers`, in which several values are joined with commas.
    const token = await (forScope ?? withoutScope).admit(request.raw.headersDistinct.authorization);
    if (request.is404) return;
    if (forScope === undefined) throw new Refusal(403, 'This endpoint is not opened to OAuth apps');
    request.token = token;
  });
}
