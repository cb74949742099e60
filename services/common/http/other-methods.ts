import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Something is at the address, but not for this method. */
export class MethodNotAllowed extends Error {
  /** The value of `Allow` (RFC 9110 section 15.5.6). */
  readonly allow: string;

  constructor(allowed: readonly string[]) {
    super(`This address takes ${allowed.join(', ')}`);
    this.name = 'MethodNotAllowed';
    this.allow = allowed.join(', ');
  }
}

/**
 * Notes the routes that are added from now on. Once they are all there, call what it returns: every other method of their
 * addresses then ends with MethodNotAllowed, after the hooks that the address's own routes pass.
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
      // Before the body is read: it does not matter what is in it.
      const onRequest = async () => {
        throw new MethodNotAllowed(allowed);
      };
      if (others.length > 0) server.route({ method: others, url, config, onRequest, handler: onRequest });
    }
  };
}
