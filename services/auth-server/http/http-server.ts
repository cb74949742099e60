import type { ConnectRouter } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import { bodyText } from '#common/http/body-text.ts';
import { boundConnections, GRACE_ON_CLOSE_MS } from '#common/http/draining.ts';
import { parseJsonBody } from '#common/http/json-body.ts';
import { observeRequests } from '#common/http/observe-requests.ts';
import { checkRequestHeaders } from '#common/http/request-headers.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '#common/http/request-id.ts';
import { BODY_LIMIT_BYTES, serverOptions } from '#common/http/server-options.ts';
import type { TrustedProxies } from '#common/http/trusted-proxies.ts';
import type { RequestObserver } from '#common/observe/request-observer.ts';
import type { Log } from '#common/process/log.ts';
import type { ServerTls } from '#common/tls/server-tls.ts';
import { contextValuesFor } from './connect/connect-services.ts';
import { handleError } from './errors.ts';
import { Parameters } from './parameters.ts';
import { refuseUnknownMethods } from './unknown-methods.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The IP address of the client: that of the peer, or the one that a trusted proxy reports. */
    clientAddress: string;
    /** The sender as in callerName(), once it is known; for the log. */
    callerName: string | undefined;
  }
}

export interface HttpServerOptions {
  readonly log: Log;
  readonly observer: RequestObserver;
  readonly maxConnections: number;
  readonly trustedProxies: TrustedProxies;
  /** Default: plain text. */
  readonly tls?: ServerTls | undefined;
  /** Whether the server is about to stop. */
  readonly isDraining: () => boolean;
  readonly rpcRoutes: (router: ConnectRouter) => void;
}

/** Fastify with what all endpoints share: request ids, error bodies, body parsers, security headers, and the Connect RPCs. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    ...serverOptions(options.tls),
    genReqId: ({ headers }) => requestIdOf(headers),
    frameworkErrors: (error, request, reply) => {
      addCommonHeaders(request, reply);
      handleError(error, request, reply);
    },
  }) as unknown as FastifyInstance;
  server.decorateRequest('clientAddress', '');
  server.decorateRequest('callerName', undefined);
  observeRequests(server, options.observer, ({ callerName }) => callerName);
  server.addHook('onRequest', async (request, reply) => {
    request.clientAddress = options.trustedProxies.clientAddress(request.ip, request.headers);
    addCommonHeaders(request, reply);
    // RFC 6749 section 5.1: for HTTP/1.0 caches.
    if (request.routeOptions.config.errorFormat === 'oauth') reply.header('pragma', 'no-cache');
  });
  checkRequestHeaders(server);
  boundConnections(server, options.maxConnections, options.isDraining);
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(async () => {
    throw notFound('There is no such endpoint');
  });
  server.removeContentTypeParser('text/plain');
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: unknown, body: string | Buffer) => Parameters.fromUrlEncoded(bodyText(body)),
  );
  await server.register(fastifyConnectPlugin, {
    routes: options.rpcRoutes,
    readMaxBytes: BODY_LIMIT_BYTES,
    shutdownTimeoutMs: GRACE_ON_CLOSE_MS,
    contextValues: ({ id, clientAddress }) => contextValuesFor({ requestId: id, ipAddress: clientAddress }),
  });
  await server.register(async (scope) => refuseUnknownMethods(scope));
  // After the RPC plugin, which adds its own JSON parser.
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: string | Buffer) => parseJsonBody(body),
  );
  return server;
}

function addCommonHeaders(request: Pick<FastifyRequest, 'id'>, reply: Pick<FastifyReply, 'headers'>): void {
  reply.headers({
    [REQUEST_ID_HEADER]: request.id,
    // Public responses override this.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // Other origins cannot embed responses: a browser could request them with the session cookie. CORS is unaffected.
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
}
