import { IntrospectionUnavailable, Refusal } from '@featureos/introspection-client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '#common/errors/app-error.ts';
import { asAppError, httpStatusOf } from '#common/errors/wire.ts';
import { errorBody, errorsByField, fromFastify } from '#common/http/error-bodies.ts';
import { MethodNotAllowed } from '#common/http/other-methods.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';

/** Maps all errors to HTTP responses. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof Refusal && error.reason) request.log.debug({ reason: error.reason }, 'inactive token');
  if (error instanceof IntrospectionUnavailable) request.log.warn({ err: error.cause }, error.message);
  if (error instanceof Refusal || error instanceof IntrospectionUnavailable)
    reply.code(error.status).headers(error.headers).send(error.body);
  else if (error instanceof MethodNotAllowed)
    reply.header('allow', error.allow).code(405).send(errorBody(405, error.message));
  else sendAppError(asAppError(fromFastify(error)), request, reply);
}

function sendAppError(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const { reason, message, extras } = error;
  const status = httpStatusOf(reason);
  if (reason === ErrorReason.UNSPECIFIED) request.log.error({ err: extras.cause }, 'unexpected error');
  else if (status >= 500) request.log.warn({ err: extras.cause }, message);
  if (extras.retryAfterSeconds !== undefined) reply.header('retry-after', extras.retryAfterSeconds);
  const body = errorBody(status, message);
  reply.code(status).send(extras.fieldViolations ? { ...body, errors: errorsByField(extras.fieldViolations) } : body);
}
