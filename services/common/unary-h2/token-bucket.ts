/** A token bucket that `add` also refills, so that a peer that makes more calls may send more (RFC 9113 section 10.5). */
export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #updatedAtMs: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
    this.#updatedAtMs = nowMs;
  }

  /** Returns false if the bucket is empty. */
  tryTake(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#updatedAtMs) * this.#perMs) - 1;
    this.#updatedAtMs = nowMs;
    return this.#tokens >= 0;
  }

  add(tokens: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + tokens);
  }
}
