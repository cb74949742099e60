import type { RequestListener } from 'node:http';
import type { ServerTls } from '../tls/server-tls.ts';
import { answerBrokenRequest } from './connection-errors.ts';

/** No request of ours is larger than a few KiB. */
export const BODY_LIMIT_BYTES = 64 * 1024;
/** The whole request must have arrived by then: a slow sender may not hold a connection for long. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are too slow; 30 s by default. */
const SLOW_REQUEST_CHECK_MS = 1_000;

/** The options of Fastify that all our HTTP servers share. */
export const SERVER_OPTIONS = {
  bodyLimit: BODY_LIMIT_BYTES,
  requestTimeout: REQUEST_TIMEOUT_MS,
  http: {
    // Node swaps the two bounds if the one for headers, 60 s by default, is the longer.
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: SLOW_REQUEST_CHECK_MS,
    // Else the first Authorization, Content-Type or Host of several would count, and what stands in front may have looked
    // at the last. Joined, they are no credential and no type.
    joinDuplicateHeaders: true,
    // Checked by checkRequestHeaders.
    requireHostHeader: false,
  },
  // Requests that arrive while it drains are served as any other; the 503 of Fastify has neither our shape nor an id.
  return503OnClosing: false,
  clientErrorHandler: answerBrokenRequest,
};

/** The same for a server with TLS, if there is any. */
export function serverOptions(tls: ServerTls | undefined): typeof SERVER_OPTIONS {
  if (tls === undefined) return SERVER_OPTIONS;
  const https = {
    // For the address that it says it listens at.
    https: {},
    serverFactory: (handler: RequestListener, { keepAliveTimeout }: { keepAliveTimeout: number }) =>
      tls.createHttpsServer(
        'public',
        { ...SERVER_OPTIONS.http, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout },
        handler,
      ),
  };
  return { ...SERVER_OPTIONS, ...https };
}
