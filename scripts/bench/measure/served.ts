import type { Target } from '../load/job.ts';

/** A server under load: what is sent to it, and the processes that it consists of. */
export interface Served {
  readonly target: Target;
  readonly pids: readonly number[];
}
