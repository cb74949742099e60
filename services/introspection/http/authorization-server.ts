import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpStatusOf } from '#common/errors/wire.ts';
import { ConnectionBounds } from '#common/http/connection-bounds.ts';
import { answerBrokenRequest } from '#common/http/connection-errors.ts';
import { GRACE_ON_CLOSE_MS } from '#common/http/draining.ts';
import { errorBody } from '#common/http/error-bodies.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '#common/http/request-id.ts';
import { SERVER_OPTIONS } from '#common/http/server-options.ts';
import { systemClock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import { outgoingError } from '#common/rpc/outgoing-error.ts';
import { certificateName } from '#common/tls/certificate-name.ts';
import type { ServerTls } from '#common/tls/server-tls.ts';
import type { Authorizer, DecisionSink } from '../authorization/authorizer.ts';
import { ANSWER_HEADERS, IDENTITY_HEADERS, refusalHeaders } from '../authorization/identity-headers.ts';
import { accessRequestOf, type ScopeSource } from './access-request.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { NOT_A_GATEWAY, type ProxyCallers } from './proxy-callers.ts';

/** Proxies pass the headers of their clients on, and have bounds of their own. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_CONNECTIONS = 2_000;
/** Longer than proxies keep idle connections (nginx: 60 s): they shall be the ones that close. */
const KEEP_ALIVE_MS = 75_000;
/** No proxy waits that long for an answer. */
const DEADLINE_MS = 5_000;

export interface AuthorizationServerParts {
  readonly authorizer: Authorizer;
  readonly scopeSource: ScopeSource;
  /** Left out: everybody who reaches the port may ask. */
  readonly callers?: ProxyCallers;
  /** Left out: plain text. */
  readonly tls?: ServerTls | undefined;
  readonly log: Log;
}

/** Asked over HTTP by proxies that speak no gRPC (docs/gateways.md). Bodies are not read. */
export class AuthorizationServer {
  readonly #parts: AuthorizationServerParts;
  readonly #server: Server;
  readonly #connections: ConnectionBounds;
  #isClosing = false;

  constructor(parts: AuthorizationServerParts) {
    this.#parts = parts;
    const { http, requestTimeout } = SERVER_OPTIONS;
    const options = { ...http, requestTimeout, maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS };
    const answer: RequestListener = (request, response) => void this.#answer(request, response);
    this.#server = parts.tls?.createHttpsServer('services', options, answer) ?? createServer(options, answer);
    this.#server.on('clientError', answerBrokenRequest);
    this.#connections = new ConnectionBounds(this.#server, MAX_CONNECTIONS);
  }

  /** Resolves with the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Waits for the answers in flight, within a bound. Resolves at once if it has never listened. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const bound = setTimeout(() => this.#connections.destroyAll(), GRACE_ON_CLOSE_MS);
    await closed;
    clearTimeout(bound);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorizer, callers, scopeSource, log } = this.#parts;
    const requestId = requestIdOf(request.headers);
    response.setHeaders(new Map(Object.entries({ ...ANSWER_HEADERS, [REQUEST_ID_HEADER]: requestId })));
    // A body that nobody reads would be in the way of the next request.
    if (this.#isClosing || hasBody(request)) response.setHeader('connection', 'close');
    try {
      const url = URL.parse(request.url ?? '/', 'http://introspection');
      const endpoint = ENDPOINTS.get(url?.pathname ?? '');
      if (url === null || endpoint === undefined) return sendError(response, 404, 'There is nothing at this address');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        return sendError(response, 405, 'Only GET and HEAD are taken here');
      }
      if (callers !== undefined && !(await callers.mayAsk(request.headersDistinct, certificateName(request.socket)))) {
        return sendError(response, 403, NOT_A_GATEWAY);
      }
      const deadline = systemClock.now() + DEADLINE_MS;
      authorizer.decide(accessRequestOf(request, url, scopeSource), deadline, decisionSink(response, endpoint, fail));
    } catch (error) {
      fail(error);
    }

    function fail(error: unknown): void {
      const { reason, message, extras } = outgoingError(error, log, requestId);
      if (extras.retryAfterSeconds !== undefined) response.setHeader('retry-after', extras.retryAfterSeconds);
      sendError(response, httpStatusOf(reason), message);
    }
  }
}

function decisionSink(response: ServerResponse, endpoint: Endpoint, fail: DecisionSink['fail']): DecisionSink {
  return {
    allow(identity) {
      for (const [name, textOf] of IDENTITY_HEADERS) response.setHeader(name, textOf(identity));
      response.writeHead(endpoint.allowed).end();
    },
    deny(refusal) {
      response.writeHead(endpoint.refused(refusal.status), refusalHeaders(refusal)).end(JSON.stringify(refusal.body));
    },
    fail,
  };
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, refusalHeaders({ challenge: undefined })).end(JSON.stringify(errorBody(status, message)));
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
