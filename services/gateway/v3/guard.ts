import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notOpened, Refusal, RouteRefusals, requestToken } from '#common/http/v3-refusals.ts';
import { SCOPE_CATALOG } from '#common/scopes/catalog.ts';
import type { ActiveToken, IntrospectionClient } from '../introspection-client/introspection.ts';

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
  // `headers` would have the first of several only.
  const token = requestToken(request.raw.headersDistinct.authorization ?? [], refusals);
  if (token instanceof Refusal) throw token;
  const answer = await introspection.introspect(token);
  if (answer.active) return answer;
  request.log.debug({ reason: answer.reason }, 'inactive token');
  throw refusals.invalidToken;
}
