import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyInstance } from 'fastify';
import { notFound } from '#common/errors/app-error.ts';
import { errorResponse, isGrpc } from './connect/connect-errors.ts';

/** A service and a method by the rules of protobuf; our own addresses have no dot in their first part. */
const UNKNOWN_METHOD = '/:service(^[A-Za-z][\\w.]*[.]\\w+$)/:method(^\\w+$)';

/**
 * Answers RPCs of methods that are not here: UNIMPLEMENTED in gRPC-Web, and 404 in Connect, whose clients read it as the
 * same. In a scope of its own, where bodies are left alone, whatever their type.
 */
export function refuseUnknownMethods(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _body, done) => done(null));
  scope.all(UNKNOWN_METHOD, async (request, reply) => {
    const contentType = request.headers['content-type'] ?? '';
    if (!isGrpc(contentType)) throw notFound('There is nothing at this address');
    const error = new ConnectError('There is no such method at this address', Code.Unimplemented);
    const { status, header } = errorResponse(error, contentType);
    reply
      .code(status)
      .headers(Object.fromEntries(header ?? []))
      .send();
  });
}
