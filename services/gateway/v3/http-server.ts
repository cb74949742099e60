import type { IntrospectionClient } from '@featureos/introspection-client';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import { boundConnections } from '#common/http/draining.ts';
import { parseJsonBody } from '#common/http/json-body.ts';
import { observeRequests } from '#common/http/observe-requests.ts';
import { watchMethods } from '#common/http/other-methods.ts';
import { checkRequestHeaders } from '#common/http/request-headers.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '#common/http/request-id.ts';
import { serverOptions } from '#common/http/server-options.ts';
import type { RequestObserver } from '#common/observe/request-observer.ts';
import type { Log } from '#common/process/log.ts';
import type { ServerTls } from '#common/tls/server-tls.ts';
import { addEndpoint, type Endpoint } from './endpoint.ts';
import { handleError } from './errors.ts';
import { guardRoutes } from './guard.ts';
import { healthRoutes } from './health.ts';
import { type ProtectedResource, resourceMetadataRoutes, resourceMetadataUrl } from './resource-metadata.ts';

export interface HttpServerOptions {
  readonly log: Log;
  readonly observer: RequestObserver;
  readonly maxConnections: number;
  readonly introspection: Pick<IntrospectionClient, 'introspect'>;
  readonly endpoints: readonly Endpoint[];
  readonly api: ProtectedResource;
  readonly isReady: () => Promise<boolean>;
  /** Whether the server is about to stop. */
  readonly isDraining: () => boolean;
  /** Default: plain text. */
  readonly tls?: ServerTls | undefined;
}

/** The HTTP server of the v3 API: routes are guarded unless public, every response has a request id, all errors have one form. */
export function createHttpServer({
  log,
  observer,
  maxConnections,
  introspection,
  endpoints,
  api,
  isReady,
  isDraining,
  tls,
}: HttpServerOptions): FastifyInstance {
  const server = fastify({
    loggerInstance: log,
    // Disabled, because Fastify would log URLs, which may contain a token.
    logController: new LogController({ disableRequestLogging: true }),
    ...serverOptions(tls),
    genReqId: ({ headers }) => requestIdOf(headers),
    frameworkErrors: (error, request, reply) => {
      addCommonHeaders(request, reply);
      handleError(error, request, reply);
    },
  }) as unknown as FastifyInstance;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: string | Buffer) => parseJsonBody(body),
  );
  observeRequests(server, observer, ({ token }) => token?.clientId && `app:${token.clientId}`);
  server.addHook('onRequest', async (request, reply) => addCommonHeaders(request, reply));
  checkRequestHeaders(server);
  boundConnections(server, maxConnections, isDraining);
  guardRoutes(server, introspection, resourceMetadataUrl(api));
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(async () => {
    throw notFound('There is no such endpoint');
  });
  const refuseOtherMethods = watchMethods(server);
  healthRoutes(server, isReady);
  resourceMetadataRoutes(server, api);
  for (const endpoint of endpoints) addEndpoint(server, endpoint);
  refuseOtherMethods();
  return server;
}

function addCommonHeaders(request: Pick<FastifyRequest, 'id'>, reply: Pick<FastifyReply, 'headers'>): void {
  reply.headers({
    [REQUEST_ID_HEADER]: request.id,
    // A cached response could be served after the token was revoked.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}
