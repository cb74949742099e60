import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The path exists, but not for this method. */
export class MethodNotAllowed extends Error {
  /** The value of `Allow` (RFC 9110 section 15.5.6). */
  readonly allow: string;

  constructor(allowed: readonly string[]) {
    super(`Method not allowed; allowed: ${allowed.join(', ')}`);
    this.name = 'MethodNotAllowed';
    this.allow = allowed.join(', ');
  }
}

/**
 * Records the routes that are added from now on. Call the returned function after the last one: it adds routes for all other
 * methods of the same paths, which fail with MethodNotAllowed after the server's onRequest hooks.
 */
export function watchMethods(server: FastifyInstance): () => void {
  const routes = new Map<string, { methods: Set<string>; config: FastifyContextConfig | undefined }>();
  server.addHook('onRoute', ({ url, method, config }: RouteOptions) => {
    const route = routes.get(url) ?? { methods: new Set(), config };
    for (const each of [method].flat()) route.methods.add(each);
    routes.set(url, route);
  });
  return () => {
    for (const [url, { methods, config = {} }] of [...routes]) {
      const others = METHODS.filter((method) => !methods.has(method));
      const allowed = METHODS.filter((method) => methods.has(method));
      // Responds before the body is read.
      const onRequest = async () => {
        throw new MethodNotAllowed(allowed);
      };
      if (others.length > 0) server.route({ method: others, url, config, onRequest, handler: onRequest });
    }
  };
}
