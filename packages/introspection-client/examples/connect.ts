import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import {
  type ActiveToken,
  type IntrospectionClient,
  type IntrospectionUnavailable,
  type Refusal,
  RouteGuard,
} from '@featureos/introspection-client';

/** A handler gets the token with `context.values.get(TOKEN)`. */
export const TOKEN = createContextKey<ActiveToken | undefined>(undefined);

const CODES = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  503: Code.Unavailable,
};

/** Usage: `connectNodeAdapter({ routes, interceptors: [requireScopes(introspection, 'posts:read')] })`. */
export function requireScopes(introspection: IntrospectionClient, ...scopes: string[]): Interceptor {
  const guard = new RouteGuard(introspection, scopes);
  return (next) => async (request) => {
    const authorization = [request.header.get('authorization') ?? ''];
    const token = await guard.admit(authorization).catch((error: Refusal | IntrospectionUnavailable) => {
      throw new ConnectError(error.message, CODES[error.status], error.headers);
    });
    request.contextValues.set(TOKEN, token);
    return next(request);
  };
}
