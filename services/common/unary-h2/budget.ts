/**
 * A bucket of tokens for what a peer may do in a burst and steadily, but not without end (RFC 9113 section 10.5). Useful
 * work earns tokens, so that a busy and honest peer is never held up.
 */
export class Budget {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** False: used up. */
  spend(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#at) * this.#perMs) - 1;
    this.#at = nowMs;
    return this.#tokens >= 0;
  }

  earn(tokens: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + tokens);
  }
}
