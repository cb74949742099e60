import type { ServiceError } from '@grpc/grpc-js';
import { DEFAULT_RETRY_AFTER_SECONDS } from '../../errors/app-error.ts';
import { errorDetailOf } from '../grpc-js-errors.ts';

/** Seconds to wait before a retry of a failed call, from its ErrorDetail; otherwise the default. */
export function retryAfterSecondsOf(error: unknown): number {
  // `||`, because 0 in the detail means unknown.
  return errorDetailOf(error as ServiceError)?.retryAfterSeconds || DEFAULT_RETRY_AFTER_SECONDS;
}
