import type { ServiceError } from '@grpc/grpc-js';
import { DEFAULT_RETRY_AFTER_SECONDS } from '../../errors/app-error.ts';
import { errorDetailOf } from '../grpc-js-errors.ts';

/** Seconds after which a failed call has a chance again, as its ErrorDetail says; for any other failure the default. */
export function retryAfterSecondsOf(error: unknown): number {
  // `||`: 0 in the detail means that nothing is known there either.
  return errorDetailOf(error as ServiceError)?.retryAfterSeconds || DEFAULT_RETRY_AFTER_SECONDS;
}
