import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import { answerBrokenRequest } from '#common/http/connection-errors.ts';
import { endConnectionsWhileDraining } from '#common/http/draining.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '#common/http/request-id.ts';
import type { Log } from '#common/process/log.ts';
import type { IntrospectionClient } from '../introspection-client/introspection.ts';
import { addEndpoint, type Endpoint } from './endpoint.ts';
import { handleError } from './errors.ts';
import { guardRoutes } from './guard.ts';
import { healthRoutes } from './health.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
/** The whole request must have arrived by then: a slow sender may not hold a connection for long. */
const REQUEST_TIMEOUT_MS = 10_000;
const SLOW_REQUEST_CHECK_MS = 1_000;

export interface HttpServerOptions {
  readonly log: Log;
  readonly introspection: IntrospectionClient;
  readonly endpoints: readonly Endpoint[];
  readonly isReady: () => Promise<boolean>;
}

/** The v3 API: every route behind the guard, every answer with a request id, every error in one shape. */
export function createHttpServer({ log, introspection, endpoints, isReady }: HttpServerOptions): FastifyInstance {
  const server = fastify({
    loggerInstance: log,
    // It would write URLs, and a careless client puts its token there.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node swaps the two bounds where the headers' is the longer one, and looks only so often.
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: SLOW_REQUEST_CHECK_MS },
    // Requests that arrive while it drains are served as any other; the 503 of Fastify has neither our shape nor an id.
    return503OnClosing: false,
    genReqId: ({ headers }) => requestIdOf(headers),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      addCommonHeaders(request, reply);
      handleError(error, request, reply);
    },
  }) as unknown as FastifyInstance;
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', async (request, reply) => addCommonHeaders(request, reply));
  endConnectionsWhileDraining(server);
  guardRoutes(server, introspection);
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(async () => {
    throw notFound('There is nothing at this address');
  });
  healthRoutes(server, isReady);
  for (const endpoint of endpoints) addEndpoint(server, endpoint);
  return server;
}

function addCommonHeaders(request: Pick<FastifyRequest, 'id'>, reply: Pick<FastifyReply, 'headers'>): void {
  reply.headers({
    [REQUEST_ID_HEADER]: request.id,
    // An answer kept by a cache would outlive the token that it was given to.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}
