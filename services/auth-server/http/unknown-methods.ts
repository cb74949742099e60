import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyInstance } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import { errorResponse, isGrpc } from './connect/connect-errors.ts';

/** A protobuf service and method. The first segment of other routes with two segments never matches. */
const UNKNOWN_METHOD = '/:service(^[A-Za-z][\\w.]*[.]\\w+$)/:method(^\\w+$)';

/**
 * Responds to calls of unknown RPCs: UNIMPLEMENTED in gRPC-Web; 404 in Connect, which clients treat as UNIMPLEMENTED.
 * `scope` must be a separate Fastify scope, because bodies of any type are ignored in it.
 */
export function refuseUnknownMethods(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _body, done) => done(null));
  scope.all(UNKNOWN_METHOD, async (request, reply) => {
    const contentType = request.headers['content-type'] ?? '';
    if (!isGrpc(contentType)) throw notFound('There is no such endpoint');
    const error = new ConnectError('There is no such method', Code.Unimplemented);
    const { status, header } = errorResponse(error, contentType);
    reply
      .code(status)
      .headers(Object.fromEntries(header ?? []))
      .send();
  });
}
