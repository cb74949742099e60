import { IntrospectionUnavailable, Refusal } from '@featureos/introspection-client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AppError, unavailable } from '#common/errors/app-error.ts';
import { asAppError, httpStatusOf } from '#common/errors/wire.ts';
import { errorBody, errorsByField, fromFastify } from '#common/http/error-bodies.ts';
import { MethodNotAllowed } from '#common/http/other-methods.ts';

/** Maps all errors to HTTP responses. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  request.failure = error instanceof IntrospectionUnavailable ? unavailable(error.message, error.cause) : error;
  if (error instanceof Refusal && error.reason) request.log.debug({ reason: error.reason }, 'inactive token');
  if (error instanceof Refusal || error instanceof IntrospectionUnavailable)
    reply.code(error.status).headers(error.headers).send(error.body);
  else if (error instanceof MethodNotAllowed)
    reply.header('allow', error.allow).code(405).send(errorBody(405, error.message));
  else sendAppError(asAppError(fromFastify(error)), reply);
}

function sendAppError(error: AppError, reply: FastifyReply): void {
  const { reason, message, extras } = error;
  const status = httpStatusOf(reason);
  if (extras.retryAfterSeconds !== undefined) reply.header('retry-after', extras.retryAfterSeconds);
  const body = errorBody(status, message);
  reply.code(status).send(extras.fieldViolations ? { ...body, errors: errorsByField(extras.fieldViolations) } : body);
}
