import { unavailable } from '#common/errors/app-error.ts';
import type { Answer } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

export interface Bounds {
  /** Reads that may run at once: what auth-server's share of Postgres connections can bear. */
  readonly concurrency: number;
  /** Reads that may wait for their turn; more are refused at once, which costs less than letting them all time out. */
  readonly queueLength: number;
}

/** Keeps a crowd of misses (a cold or unreachable cache) from becoming a crowd at auth-server. */
export class BoundedSource implements AnswerSource {
  readonly #source: AnswerSource;
  readonly #bounds: Bounds;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(source: AnswerSource, bounds: Bounds) {
    this.#source = source;
    this.#bounds = bounds;
  }

  async answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    await this.#enter();
    try {
      return await this.#source.answer(tokenHash, deadline);
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#bounds.concurrency) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= this.#bounds.queueLength) throw unavailable('too many tokens are being looked up');
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The place goes straight to whoever waits longest, so that nobody can slip in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
