import type { RequestListener } from 'node:http';
import type { ServerTls } from '../tls/server-tls.ts';
import { handleClientError } from './connection-errors.ts';

/** Bodies have at most a few KiB, except logos, whose route has its own limit. */
export const BODY_LIMIT_BYTES = 64 * 1024;
/** The longest time for receiving a whole request, so that a slow client cannot hold a connection. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are too slow; 30 s by default. */
const SLOW_REQUEST_CHECK_MS = 1_000;

/** The Fastify options of the HTTP servers. Servers without Fastify use only `http`, or also `requestTimeout`. */
export const SERVER_OPTIONS = {
  bodyLimit: BODY_LIMIT_BYTES,
  requestTimeout: REQUEST_TIMEOUT_MS,
  http: {
    // Node swaps headersTimeout, 60 s by default, and requestTimeout if headersTimeout is longer.
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: SLOW_REQUEST_CHECK_MS,
    // Otherwise Node would take the first of several Authorization, Content-Type or Host headers, and a proxy may have
    // checked the last. Joined, they are neither a valid credential nor a valid type.
    joinDuplicateHeaders: true,
    // checkRequestHeaders() rejects requests without Host.
    requireHostHeader: false,
  },
  // Requests that arrive while the server closes are served: Fastify's 503 has neither the common error body nor a request id.
  return503OnClosing: false,
  clientErrorHandler: handleClientError,
};

/** SERVER_OPTIONS for a server that uses TLS if it is configured. */
export function serverOptions(tls: ServerTls | undefined): typeof SERVER_OPTIONS {
  if (tls === undefined) return SERVER_OPTIONS;
  const https = {
    // Only affects the `https://` address that Fastify returns and logs.
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
