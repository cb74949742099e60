import type { ServiceError } from '@grpc/grpc-js';
import { errorDetailOf } from './error-detail.ts';

const DEFAULT_SECONDS = 1;

/** Seconds to wait before a retry of a failed call, from its ErrorDetail if it has one. */
export function retryAfterSecondsOf(error: unknown): number {
  // `||`, because a detail without a delay has 0.
  return errorDetailOf(error as ServiceError)?.retryAfterSeconds || DEFAULT_SECONDS;
}
