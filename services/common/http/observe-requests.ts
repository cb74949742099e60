import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestObserver } from '../observe/request-observer.ts';
import { type ActiveSpan, runIn } from '../observe/trace-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What its handler has thrown, for the log. */
    failure: unknown;
    /** Of its trace, if that is sampled. */
    span: ActiveSpan | undefined;
  }
}

/** The path of an RPC, which is observed as a call (connect-services.ts). */
const RPC = /^\/[\w.]+\.\w+\/\w+$/;
/** The pattern that Fastify has behind the name of a parameter. */
const PATTERN = /(?<=:\w+)\(\^[^/]*\$\)/g;

/** Observes every request of a server but its RPCs. `callerOf` as callerName(). Add it before routes and plugins. */
export function observeRequests(
  server: FastifyInstance,
  observer: RequestObserver,
  callerOf: (request: FastifyRequest) => string | undefined,
): void {
  server.decorateRequest('failure', undefined);
  server.decorateRequest('span', undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    request.span = observer.begin(request.method, traceparentOf(request));
    runIn(request.span, done);
  });
  // A body arrives by events of the socket, which are in no trace.
  server.addHook('preHandler', (request, _reply, done) => runIn(request.span, done));
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route !== undefined && RPC.test(route)) return;
    observer.request({
      method: request.method,
      route: route?.replace(PATTERN, ''),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      requestId: request.id,
      caller: callerOf(request),
      error: request.failure,
      span: request.span,
      traceparent: traceparentOf(request),
    });
  });
}

const traceparentOf = ({ headers }: FastifyRequest): string | undefined => headers['traceparent']?.toString();
