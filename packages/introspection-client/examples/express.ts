import { type IntrospectionClient, RouteGuard } from '@featureos/introspection-client';
import type { RequestHandler } from 'express';

/** Usage: `app.get('/posts', requireScopes(introspection, 'posts:read'), …)`. Sets `response.locals.token`. */
export function requireScopes(introspection: IntrospectionClient, ...scopes: string[]): RequestHandler {
  const guard = new RouteGuard(introspection, scopes);
  return async ({ headersDistinct }, response, next) => {
    response.locals.token = await guard.admit(headersDistinct.authorization);
    next();
  };
}
