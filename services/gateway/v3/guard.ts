import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notOpened, Refusal, RouteRefusals, requestToken } from '#common/http/v3-refusals.ts';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import type { ActiveToken, IntrospectionClient } from '../introspection-client/introspection.ts';

/** Who may use a route: everyone, tokens with that scope, or no OAuth token. */
type Access = 'public' | 'not opened' | { readonly scope: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Default: not opened. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Set by the guard; null on public routes. */
    token: ActiveToken | null;
  }
}

/**
 * Checks the token of each request before its body is read. Denies by default: only routes with a declared access are open.
 * Unknown paths and routes that are not opened also require a token first, so that they cannot be told apart without one.
 * `resourceMetadata`: the URL of the metadata (RFC 9728).
 */
export function guardRoutes(
  server: FastifyInstance,
  introspection: IntrospectionClient,
  resourceMetadata: string,
): void {
  const withoutScope = new RouteRefusals([], resourceMetadata);
  const byScope = new Map(SCOPE_CATALOG.map(({ name }) => [name, new RouteRefusals([name], resourceMetadata)]));
  server.decorateRequest('token', null);
  server.addHook('onRequest', async (request) => {
    const { access = 'not opened' } = request.routeOptions.config;
    if (access === 'public') return;
    const scope = access === 'not opened' ? undefined : access.scope;
    const refusals = (scope !== undefined && byScope.get(scope)) || withoutScope;
    const token = await authenticate(request, introspection, refusals);
    if (request.is404) return;
    if (scope === undefined) throw notOpened();
    if (!token.scopes.includes(scope)) throw refusals.missingScope([scope]);
    request.token = token;
  });
}

async function authenticate(
  request: FastifyRequest,
  introspection: IntrospectionClient,
  refusals: RouteRefusals,
): Promise<ActiveToken> {
  // `headers` would only have the first of several values.
  const token = requestToken(request.raw.headersDistinct.authorization ?? [], refusals);
  if (token instanceof Refusal) throw token;
  const result = await introspection.introspect(token);
  if (result.active) return result;
  request.log.debug({ reason: result.reason }, 'inactive token');
  throw refusals.invalidToken;
}
