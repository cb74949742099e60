import type { Target } from '../load/job.ts';

/** A server under load: the requests to it, and its processes. */
export interface MeasuredServer {
  readonly target: Target;
  readonly pids: readonly number[];
}
