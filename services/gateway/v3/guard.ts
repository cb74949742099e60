import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerCredential } from '#common/callers/bearer.ts';
import type { ActiveToken, IntrospectionClient } from '../introspection-client/introspection.ts';
import { missingScope, notOpened, noUsableToken } from './refusals.ts';

/** Who may use a route: anybody, holders of a token with that scope, or nobody with an OAuth token. */
export type Access = 'public' | 'not opened' | { readonly scope: string };

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
    if (!token.scopes.includes(access.scope)) throw missingScope(access.scope);
    request.token = token;
  });
}

/** From the header alone (RFC 6750 section 2.1): tokens in queries end in logs, so section 2.3 is not offered. */
async function authenticate(request: FastifyRequest, introspection: IntrospectionClient): Promise<ActiveToken> {
  const { authorization } = request.headers;
  const credential = bearerCredential(authorization);
  if (credential === undefined) throw noUsableToken(authorization);
  const answer = await introspection.introspect(credential);
  if (answer.active) return answer;
  request.log.debug({ reason: answer.reason }, 'inactive token');
  throw noUsableToken(authorization);
}
