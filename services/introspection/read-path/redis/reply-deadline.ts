/**
 * Notices a reply that does not come in time. Replies begin and end thousands of times a second, so each only leaves a
 * note of when; one timer looks at it now and then.
 */
export class ReplyDeadline {
  readonly #timeoutMs: number;
  readonly #onLate: () => void;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;

  constructor(timeoutMs: number, onLate: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onLate = onLate;
  }

  /** What was asked at `askedAtMs` is the oldest that is not answered. */
  begin(askedAtMs: number): void {
    this.#dueAtMs = askedAtMs + this.#timeoutMs;
    this.#timer ??= setTimeout(() => this.#look(), this.#timeoutMs);
  }

  /** Nothing is under way. */
  end(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
  }

  #look(): void {
    this.#timer = undefined;
    const leftMs = this.#dueAtMs - performance.now();
    // A process that stood still finds its timers due before it reads what has come meanwhile: that is read first.
    if (leftMs <= 0) this.#lastLook = setImmediate(() => this.#decide());
    else this.#lookIn(leftMs);
  }

  #decide(): void {
    const leftMs = this.#dueAtMs - performance.now();
    if (leftMs <= 0) this.#onLate();
    else this.#lookIn(leftMs);
  }

  #lookIn(leftMs: number): void {
    if (leftMs !== Number.POSITIVE_INFINITY) this.#timer ??= setTimeout(() => this.#look(), leftMs);
  }
}
