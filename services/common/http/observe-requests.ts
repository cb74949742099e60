import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ActiveSpan } from '../observe/active-span.ts';
import type { EndedRequest, RequestObserver } from '../observe/request-observer.ts';
import { runIn } from '../observe/trace-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The error with which the request failed, for the log and the span. */
    failure: unknown;
    /** The request's span, if its trace is sampled. */
    span: ActiveSpan | undefined;
  }
}

/** The path of an RPC. connect-services.ts measures and logs RPCs. */
const RPC = /^\/[\w.]+\.\w+\/\w+$/;
/** Fastify appends the pattern of a parameter to its name. */
const PATTERN = /(?<=:\w+)\(\^[^/]*\$\)/g;

/**
 * Observes every request of a server; of RPCs, only their spans. Call this before adding routes and plugins. `callerOf`
 * returns the name for the log: callerName(), or `app:<client id>` for an app.
 */
export function observeRequests(
  server: FastifyInstance,
  observer: RequestObserver,
  callerOf: (request: FastifyRequest) => string | undefined,
): void {
  server.decorateRequest('failure', undefined);
  server.decorateRequest('span', undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    request.span = observer.begin(traceparentOf(request));
    runIn(request.span, done);
  });
  // Enters the trace again: the body has arrived in events of the socket, which are in no trace.
  server.addHook('preHandler', (request, _reply, done) => runIn(request.span, done));
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    const ended: EndedRequest = {
      method: request.method,
      route: route?.replace(PATTERN, ''),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      requestId: request.id,
      caller: callerOf(request),
      error: request.failure,
      span: request.span,
      traceparent: traceparentOf(request),
    };
    if (route !== undefined && RPC.test(route)) observer.endSpan(ended);
    else observer.ended(ended);
  });
}

const traceparentOf = ({ headers }: FastifyRequest): string | undefined => headers['traceparent']?.toString();
