import type { Log } from '#common/process/log.ts';

const INTERVAL_MS = 10_000;

/** Warns at most every ten seconds: what goes wrong with every request must be seen, and must not fill the log. */
export class WarningLimit {
  readonly #log: Log;
  readonly #nowMs: () => number;
  #nextMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  /** `nowMs` is monotonic; tests have their own. */
  constructor(log: Log, nowMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** `suppressed`: how many were left out since the last one. */
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
