import type { Log } from './log.ts';

const INTERVAL_MS = 10_000;

/** Logs at most one warning every ten seconds, for problems that can occur on every request. */
export class WarningLimit {
  readonly #log: Log;
  readonly #nowMs: () => number;
  #nextMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  /** `nowMs`: a monotonic clock. */
  constructor(log: Log, nowMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Adds `suppressed`, the number of warnings that were not logged since the last one. */
  warn(fields: object, message: string): void {
    const now = this.#nowMs();
    if (now < this.#nextMs) {
      this.#suppressed++;
      return;
    }
    this.#log.warn({ ...fields, suppressed: this.#suppressed }, message);
    this.#nextMs = now + INTERVAL_MS;
    this.#suppressed = 0;
  }
}
