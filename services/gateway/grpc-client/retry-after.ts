import type { ServiceError } from '@grpc/grpc-js';
import { DEFAULT_RETRY_AFTER_SECONDS } from '#common/errors/app-error.ts';
import { errorDetailOf } from '#common/rpc/grpc-js-errors.ts';

/** Seconds after which a failed call has a chance again, as its ErrorDetail says; for any other failure the default. */
export function retryAfterSecondsOf(error: unknown): number {
  try {
    // `||`: 0 in the detail means that nothing is known there either.
    return errorDetailOf(error as ServiceError)?.retryAfterSeconds || DEFAULT_RETRY_AFTER_SECONDS;
  } catch {
    // Details that cannot be decoded are not from our server.
    return DEFAULT_RETRY_AFTER_SECONDS;
  }
}
