import type { ConnectRouter } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import { answerBrokenRequest } from '#common/http/connection-errors.ts';
import { endConnectionsWhileDraining } from '#common/http/draining.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '#common/http/request-id.ts';
import type { Log } from '#common/process/log.ts';
import { contextValuesFor } from '#common/rpc/connect-services.ts';
import { handleError } from './errors.ts';
import { parseJsonBody } from './json-body.ts';
import { Parameters } from './parameters.ts';

/** No request of ours is larger than a few KiB. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** The whole request must have arrived by then: a slow sender may not hold a connection for long. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are too slow; 30 s if it is not told. */
const SLOW_REQUEST_CHECK_MS = 1_000;
const GRACE_ON_CLOSE_MS = 5_000;

export interface HttpServerOptions {
  readonly log: Log;
  readonly rpcRoutes: (router: ConnectRouter) => void;
}

/** Fastify with what all endpoints share: request ids, error bodies, form bodies, security headers, the RPCs of the web. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node swaps the two bounds if the one for headers, 60 s if it is not told, is the longer.
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: SLOW_REQUEST_CHECK_MS },
    genReqId: ({ headers }) => requestIdOf(headers),
    // Requests that arrive while it drains are served as any other.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      addCommonHeaders(request, reply);
      handleError(error, request, reply);
    },
  }) as unknown as FastifyInstance;
  server.addHook('onRequest', async (request, reply) => {
    addCommonHeaders(request, reply);
  });
  endConnectionsWhileDraining(server);
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(async () => {
    throw notFound('There is nothing at this address');
  });
  server.removeContentTypeParser('text/plain');
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => Parameters.fromUrlEncoded(body.toString()),
  );
  await server.register(fastifyConnectPlugin, {
    routes: options.rpcRoutes,
    readMaxBytes: BODY_LIMIT_BYTES,
    shutdownTimeoutMs: GRACE_ON_CLOSE_MS,
    contextValues: ({ id, ip }) => contextValuesFor({ requestId: id, ipAddress: ip }),
  });
  // After the RPCs, whose plugin has a JSON parser of its own.
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => parseJsonBody(body.toString()),
  );
  return server;
}

function addCommonHeaders(request: Pick<FastifyRequest, 'id'>, reply: Pick<FastifyReply, 'headers'>): void {
  reply.headers({
    [REQUEST_ID_HEADER]: request.id,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
}
