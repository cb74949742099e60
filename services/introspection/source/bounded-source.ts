import { unavailable } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

export interface Bounds {
  /** Reads that may run at once: what auth-server's share of Postgres connections can bear. */
  readonly concurrency: number;
  /** Reads that may wait for their turn; more are refused at once, which costs less than letting them all time out. */
  readonly queueLength: number;
}

/** For callers without a deadline of their own. */
const MOST_WAIT_MS = 10_000;

/** Keeps a crowd of misses (a cold or unreachable cache) from becoming a crowd at auth-server. */
export class BoundedSource implements AnswerSource {
  readonly #source: AnswerSource;
  readonly #bounds: Bounds;
  readonly #clock: Clock;
  /** In the order of their coming; each lets one on. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(source: AnswerSource, bounds: Bounds, clock: Clock) {
    this.#source = source;
    this.#bounds = bounds;
    this.#clock = clock;
  }

  async answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    await this.#enter(deadline);
    try {
      return await this.#source.answer(tokenHash, deadline);
    } finally {
      this.#leave();
    }
  }

  async #enter(deadline: number): Promise<void> {
    if (this.#running < this.#bounds.concurrency) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= this.#bounds.queueLength) throw unavailable('too many tokens are being looked up');
    await this.#turn(deadline);
  }

  /** Nobody keeps a place in the queue past the deadline of whoever asked. */
  #turn(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const letOn = () => {
        clearTimeout(timer);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.delete(letOn);
        reject(unavailable('the token could not be looked up in time'));
      };
      const timer = setTimeout(giveUp, Math.min(Math.max(0, deadline - this.#clock.now()), MOST_WAIT_MS));
      this.#waiting.add(letOn);
    });
  }

  /** The place goes straight to whoever waits longest, so that nobody can slip in between. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
