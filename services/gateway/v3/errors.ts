import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '#common/errors/app-error.ts';
import { asAppError, httpStatusOf } from '#common/errors/wire.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { Refusal } from './refusals.ts';

/** The one body that every error has. */
export const errorBody = (status: number, message: string) => ({ message, status, success: false });

/** The one place where errors become HTTP. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof Refusal) sendRefusal(error, reply);
  else sendAppError(asAppError(fromFastify(error)), request, reply);
}

function sendAppError(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const { reason, message, extras } = error;
  const status = httpStatusOf(reason);
  if (reason === ErrorReason.UNSPECIFIED) request.log.error({ err: extras.cause }, 'unexpected error');
  else if (status >= 500) request.log.warn({ err: extras.cause }, message);
  if (extras.retryAfterSeconds !== undefined) reply.header('retry-after', extras.retryAfterSeconds);
  const body = errorBody(status, message);
  reply.code(status).send(extras.fieldViolations ? { ...body, errors: byField(extras.fieldViolations) } : body);
}

function sendRefusal({ status, message, challenge }: Refusal, reply: FastifyReply): void {
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  reply.code(status).send(errorBody(status, message));
}

function byField(violations: readonly { field: string; message: string }[]): Record<string, string[]> {
  const grouped = Map.groupBy(violations, ({ field }) => field);
  return Object.fromEntries([...grouped].map(([field, group]) => [field, group.map(({ message }) => message)]));
}

/** What Fastify itself refuses, in our reasons. */
function fromFastify(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { code, statusCode } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new AppError(ErrorReason.TOO_LARGE, 'The body is too large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError(ErrorReason.UNSUPPORTED, 'The content type must be application/json');
  }
  if (statusCode === 400) return new AppError(ErrorReason.INVALID_REQUEST, 'The request cannot be read');
  return error;
}
