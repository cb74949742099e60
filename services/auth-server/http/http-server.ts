import { randomUUID } from 'node:crypto';
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import { contextValuesFor, REQUEST_ID_HEADER } from '#common/rpc/connect-server.ts';
import { handleError } from './errors.ts';
import { Parameters } from './parameters.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** See Origin.receivedAt. */
    receivedAt: number;
  }
}

/** No request of ours is larger than a few KiB. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** The whole request must have arrived by then: a slow sender may not hold a connection for long. */
const REQUEST_TIMEOUT_MS = 10_000;
const GRACE_ON_CLOSE_MS = 5_000;

/** A request id of the caller's is kept if it is harmless in logs. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

export interface HttpServerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly interceptors: Interceptor[];
  readonly rpcRoutes: (router: ConnectRouter) => void;
}

/** Fastify with what all endpoints share: request ids, error bodies, form bodies, security headers, the RPCs of the web. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: ({ headers }) => {
      const given = headers[REQUEST_ID_HEADER];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
  }) as unknown as FastifyInstance;
  server.decorateRequest('receivedAt', 0);
  server.addHook('onRequest', async (request, reply) => {
    request.receivedAt = options.clock.preciseNow();
    reply.headers({
      [REQUEST_ID_HEADER]: request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });
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
    interceptors: options.interceptors,
    readMaxBytes: BODY_LIMIT_BYTES,
    shutdownTimeoutMs: GRACE_ON_CLOSE_MS,
    contextValues: ({ id, ip, receivedAt }) => contextValuesFor({ requestId: id, ipAddress: ip, receivedAt }),
  });
  return server;
}
