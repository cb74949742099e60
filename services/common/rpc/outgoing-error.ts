import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import type { AppError } from '../errors/app-error.ts';
import { asAppError } from '../errors/wire.ts';
import type { Log } from '../process/log.ts';

/** Converts what a handler threw to an AppError for the caller, and logs unexpected errors. */
export function outgoingError(error: unknown, log: Log, requestId: string): AppError {
  const appError = asAppError(error);
  if (appError.reason === ErrorReason.UNSPECIFIED) log.error({ err: error, requestId }, 'unexpected error');
  return appError;
}
