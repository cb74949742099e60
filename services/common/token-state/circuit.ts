import type { Clock } from '../process/clock.ts';

export interface CircuitOptions {
  /** Failures in a row after which it opens. */
  readonly failures: number;
  /** For how long it stays open before one call may try again. */
  readonly openMs: number;
}

/** What a call gets while the circuit is open. */
export class CircuitOpen extends Error {
  constructor() {
    super('not tried: the last calls failed');
    this.name = 'CircuitOpen';
  }
}

/**
 * Keeps calls from waiting, one after another, for something that hangs: after some failures in a row calls fail at once,
 * until one that is let through succeeds.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #clock: Clock;
  #failures = 0;
  #retryAt = 0;

  constructor(options: CircuitOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Whether calls fail at once just now. */
  get open(): boolean {
    return this.#failures >= this.#options.failures && this.#clock.now() < this.#retryAt;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#enter()) throw new CircuitOpen();
    try {
      const result = await call();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failures++;
      this.#retryAt = this.#clock.now() + this.#options.openMs;
      throw error;
    }
  }

  #enter(): boolean {
    if (this.#failures < this.#options.failures) return true;
    if (this.open) return false;
    // While this one tries, others go on failing at once.
    this.#retryAt = this.#clock.now() + this.#options.openMs;
    return true;
  }
}
