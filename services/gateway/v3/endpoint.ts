import type { ActiveToken } from '@featureos/introspection-client';
import type { FastifyInstance } from 'fastify';
import { scopeEntry } from '#common/scopes/catalog.ts';

/** A request that has passed the guard. */
interface AdmittedRequest {
  readonly token: ActiveToken;
  readonly query: Readonly<Record<string, unknown>>;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
}

/** Returns the members of the response except `"success": true`. */
export type Handler = (request: AdmittedRequest) => Promise<Record<string, unknown>>;

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The required scope; `not opened`: OAuth tokens are refused. */
  readonly access: { readonly scope: string } | 'not opened';
  readonly handler: Handler;
}

/** Adds an endpoint to the server; throws if its scope is not in the catalog. */
export function addEndpoint(server: FastifyInstance, { method, path, access, handler }: Endpoint): void {
  if (access !== 'not opened') scopeEntry(access.scope);
  server.route({
    method,
    url: path,
    config: { access },
    handler: async ({ token, query, body }, reply) => {
      if (token === null) throw new Error('the guard has not run');
      reply.code(method === 'POST' ? 201 : 200);
      return { success: true, ...(await handler({ token, query: query as Record<string, unknown>, body })) };
    },
  });
}
