import { type ActiveToken, type IntrospectionClient, Refusal, RouteGuard } from '@featureos/introspection-client';
import type { FastifyInstance } from 'fastify';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';

/** Who may use a route: anybody, holders of a token with that scope, or nobody with an OAuth token. */
type Access = 'public' | 'not opened' | { readonly scope: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that declares nothing is not opened. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Set once the token was admitted; null on public routes. */
    token: ActiveToken | null;
  }
}

/**
 * Admits requests before anything of their body is read. Deny by default: only a declared access opens a route. What
 * does not exist, or is not opened, is not told to strangers either: first the token, then the 404.
 * `resourceMetadata`: where clients find out about the API (RFC 9728).
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
    // `headers` would have the first of several only.
    const token = await (forScope ?? withoutScope).admit(request.raw.headersDistinct.authorization);
    if (request.is404) return;
    if (forScope === undefined) throw new Refusal(403, 'This endpoint is not opened to OAuth apps');
    request.token = token;
  });
}
