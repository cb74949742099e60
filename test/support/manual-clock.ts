import type { Clock } from '../../services/common/process/clock.ts';

const DAY_MS = 86_400_000;

/**
 * A clock that moves only when `advance` is called. It starts one day ahead of the system's clock: tests compute deadlines with
 * this clock, and StateLoader, which compares deadlines with the system's, must not find them expired.
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
