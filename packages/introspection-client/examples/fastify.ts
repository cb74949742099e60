import { type IntrospectionClient, RouteGuard } from '@featureos/introspection-client';
import type { onRequestAsyncHookHandler } from 'fastify';

/**
 * Usage: `server.get('/posts', { onRequest: requireScopes(introspection, 'posts:read') }, …)`. Sets the decorator `token`,
 * which the server must have: `server.decorateRequest('token', null)`.
 */
export function requireScopes(introspection: IntrospectionClient, ...scopes: string[]): onRequestAsyncHookHandler {
  const guard = new RouteGuard(introspection, scopes);
  return async (request) => {
    request.setDecorator('token', await guard.admit(request.raw.headersDistinct.authorization));
  };
}
