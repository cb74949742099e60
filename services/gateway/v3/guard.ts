import type { FastifyInstance, FastifyRequest } from 'fastify';
import { INVALID_TOKEN, missingScope, notOpened, Refusal, requestToken } from '#common/http/v3-refusals.ts';
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
 * does not exist is not told to strangers either: first the token, then the 404.
 */
export function guardRoutes(server: FastifyInstance, introspection: IntrospectionClient): void {
  server.decorateRequest('token', null);
  server.addHook('onRequest', async (request) => {
    const { access = 'not opened' } = request.routeOptions.config;
    if (access === 'public') return;
    const token = await authenticate(request, introspection);
    if (request.is404) return;
    if (access === 'not opened') throw notOpened();
    if (!token.scopes.includes(access.scope)) throw missingScope([access.scope]);
    request.token = token;
  });
}

async function authenticate(request: FastifyRequest, introspection: IntrospectionClient): Promise<ActiveToken> {
  // `headers` would have the first of several only.
  const token = requestToken(request.raw.headersDistinct.authorization ?? []);
  if (token instanceof Refusal) throw token;
  const answer = await introspection.introspect(token);
  if (answer.active) return answer;
  request.log.debug({ reason: answer.reason }, 'inactive token');
  throw INVALID_TOKEN;
}
