import type { Clock } from '../../services/common/process/clock.ts';

const DAY_MS = 86_400_000;

/**
 * Time that stands still until a test moves it on. It starts a day ahead: a deadline of a call is made with this clock
 * and kept by gRPC with the real one, which must never have passed it.
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
