import type { Clock } from '../../services/common/process/clock.ts';

const DAY_MS = 86_400_000;

/**
 * A clock that only `advance` moves. It starts a day ahead: deadlines of calls are computed with this clock and enforced by gRPC
 * with the real one, which must not have passed them.
 */
export class ManualClock implements Clock {
  #now = Date.now() + DAY_MS;

  now(): number {
    return this.#now;
  }

  advance(seconds: number): void {
    this.#now += seconds * 1_000;
  }
}
