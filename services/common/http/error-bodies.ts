import type { FastifyError } from 'fastify';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { AppError, type FieldViolation, invalidRequest, notFound } from '../errors/app-error.ts';

/** The body of an error, except in the format of RFC 6749. A 422 also has `errors`. */
export const errorBody = (status: number, message: string) => ({ message, status, success: false });

/** The value of `errors` in a 422: the messages of each field. */
export function errorsByField(violations: readonly FieldViolation[]): Record<string, string[]> {
  const grouped = Map.groupBy(violations, ({ field }) => field);
  return Object.fromEntries([...grouped].map(([field, group]) => [field, group.map(({ message }) => message)]));
}

/** Converts Fastify's own errors to AppErrors; returns other errors unchanged. */
export function fromFastify(error: unknown): unknown {
  const { code, statusCode } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new AppError(ErrorReason.TOO_LARGE, 'The body is too large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError(ErrorReason.UNSUPPORTED, 'This endpoint does not support the content type');
  }
  // Not Fastify's messages, because they contain the path, which may contain a credential.
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return notFound('There is no such endpoint');
  if (code === 'FST_ERR_BAD_URL') return invalidRequest('The path is not valid percent-encoding');
  if (statusCode === 400) return invalidRequest('The request is malformed');
  return error;
}
