import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { asAppError, httpStatusOf } from '#common/errors/wire.ts';
import { ConnectionBounds } from '#common/http/connection-bounds.ts';
import { handleClientError } from '#common/http/connection-errors.ts';
import { GRACE_ON_CLOSE_MS } from '#common/http/draining.ts';
import { errorBody } from '#common/http/error-bodies.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '#common/http/request-id.ts';
import { SERVER_OPTIONS } from '#common/http/server-options.ts';
import type { ActiveSpan } from '#common/observe/active-span.ts';
import type { RequestObserver } from '#common/observe/request-observer.ts';
import { acceptPending } from '#common/process/accept-pending.ts';
import { systemClock } from '#common/process/clock.ts';
import { listen } from '#common/process/listen.ts';
import { certificateName } from '#common/tls/certificate-name.ts';
import type { ServerTls } from '#common/tls/server-tls.ts';
import type { Authorizer, DecisionHandler } from '../authorization/authorizer.ts';
import {
  IDENTITY_HEADERS,
  RESPONSE_HEADERS,
  refusalHeaders,
  SCOPES_HEADER,
} from '../authorization/identity-headers.ts';
import { accessRequestOf, type ScopeSource } from './access-request.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { NOT_A_GATEWAY, type ProxyCallers } from './proxy-callers.ts';

/** A high limit, because proxies forward the headers of their clients and have limited them already. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_CONNECTIONS = 2_000;
/** Longer than proxies keep idle connections (nginx: 60 s), so that the proxy closes them and no request is lost. */
const KEEP_ALIVE_MS = 75_000;
/** HTTP requests have no deadline. A look-up that is still queued after this time is not sent and fails with 503. */
const DEADLINE_MS = 5_000;

export interface AuthzHttpServerDependencies {
  readonly authorizer: Authorizer;
  readonly scopeSource: ScopeSource;
  /** Undefined: anyone who can connect may call. */
  readonly callers?: ProxyCallers;
  readonly observer: RequestObserver;
  /** Default: plain text. */
  readonly tls?: ServerTls | undefined;
}

/** Authorization over HTTP for proxies that do not speak gRPC (docs/gateways.md). Request bodies are not read. */
export class AuthzHttpServer {
  readonly #dependencies: AuthzHttpServerDependencies;
  readonly #server: Server;
  readonly #connections: ConnectionBounds;
  #isDraining = false;

  constructor(dependencies: AuthzHttpServerDependencies) {
    this.#dependencies = dependencies;
    const { http, requestTimeout } = SERVER_OPTIONS;
    const options = { ...http, requestTimeout, maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS };
    const handle: RequestListener = (request, response) => void this.#handle(request, response);
    this.#server = dependencies.tls?.createHttpsServer('services', options, handle) ?? createServer(options, handle);
    this.#server.on('clientError', handleClientError);
    this.#connections = new ConnectionBounds(this.#server, MAX_CONNECTIONS);
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return listen(this.#server, { host, port });
  }

  /** Responses have `connection: close` from now on, so that proxies send nothing on a connection that is being closed. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Closes the port and waits for the requests in flight, at most GRACE_ON_CLOSE_MS. Resolves at once if it has never listened. */
  async close(): Promise<void> {
    this.drain();
    await acceptPending(this.#server);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const graceTimer = setTimeout(() => this.#connections.destroyAll(), GRACE_ON_CLOSE_MS);
    await closed;
    clearTimeout(graceTimer);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorizer, callers, scopeSource } = this.#dependencies;
    const requestId = requestIdOf(request.headers);
    const observed = this.#observe(request, response, requestId);
    response.setHeaders(new Map(Object.entries({ ...RESPONSE_HEADERS, [REQUEST_ID_HEADER]: requestId })));
    // If the proxy announces a body but does not send it, its next request would be read as the body.
    if (this.#isDraining || hasBody(request)) response.setHeader('connection', 'close');
    try {
      const url = URL.parse(request.url ?? '/', 'http://introspection');
      const endpoint = ENDPOINTS.get(url?.pathname ?? '');
      if (url === null || endpoint === undefined) return sendError(response, 404, 'There is no such endpoint');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        return sendError(response, 405, 'Only GET and HEAD are allowed');
      }
      if (callers !== undefined && !(await callers.mayCall(request.headersDistinct, certificateName(request.socket)))) {
        return sendError(response, 403, NOT_A_GATEWAY);
      }
      const options = { deadline: systemClock.now() + DEADLINE_MS, span: observed.span };
      const accessRequest = accessRequestOf(request, url, scopeSource);
      const handler = decisionHandler(response, endpoint, fail);
      authorizer.decide(accessRequest, options, handler);
    } catch (error) {
      fail(error);
    }

    function fail(error: unknown): void {
      observed.error = error;
      const { reason, message, extras } = asAppError(error);
      if (extras.retryAfterSeconds !== undefined) response.setHeader('retry-after', extras.retryAfterSeconds);
      sendError(response, httpStatusOf(reason), message);
    }
  }

  #observe(request: IncomingMessage, response: ServerResponse, requestId: string): ObservedRequest {
    const { observer } = this.#dependencies;
    const { method = '', url, headers } = request;
    const startedAt = performance.now();
    const traceparent = headers['traceparent']?.toString();
    const observed: ObservedRequest = { error: undefined, span: observer.begin(traceparent) };
    const path = url?.split('?', 1)[0] ?? '';
    response.once('close', () => {
      observer.ended({
        ...observed,
        method,
        route: ENDPOINTS.has(path) ? path : undefined,
        status: response.statusCode,
        durationMs: performance.now() - startedAt,
        requestId,
        caller: undefined,
        traceparent,
      });
    });
    return observed;
  }
}

interface ObservedRequest {
  error: unknown;
  readonly span: ActiveSpan | undefined;
}

function decisionHandler(response: ServerResponse, endpoint: Endpoint, fail: DecisionHandler['fail']): DecisionHandler {
  return {
    allow(identity) {
      for (const [name, field] of IDENTITY_HEADERS) response.setHeader(name, String(identity[field]));
      response.setHeader(SCOPES_HEADER, identity.scopes.join(' '));
      response.writeHead(endpoint.allowed).end();
    },
    deny(refusal) {
      response.writeHead(endpoint.denied(refusal.status), refusalHeaders(refusal)).end(JSON.stringify(refusal.body));
    },
    fail,
  };
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, refusalHeaders({ challenge: undefined })).end(JSON.stringify(errorBody(status, message)));
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
