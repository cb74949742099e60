import { setImmediate as turn } from 'node:timers/promises';

interface Parked {
  readonly name: string;
  readonly goOn: () => void;
}

/** More steps than any run of the small world has; a run that takes more does not end. */
const MOST_STEPS = 2_000;

/**
 * Runs concurrent code one step at a time, in an order that is given. Code parks at a point until its turn comes; a turn
 * lasts until everything that it set off has parked again, ended, or waits for something that is parked.
 */
export class Schedule {
  /** What was let on, in its order. */
  readonly steps: string[] = [];
  readonly #choices: readonly number[];
  readonly #parked: Parked[] = [];
  #underWay = 0;
  #failure: unknown;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** The time, as far as histories go: it passes with every turn. */
  get now(): number {
    return this.steps.length;
  }

  /** Waits for its turn. Call it within `does`, which is suspended meanwhile. */
  async point(name: string): Promise<void> {
    this.#underWay--;
    await this.beside(name);
    this.#underWay++;
  }

  /** The same outside of `does`. */
  beside(name: string): Promise<void> {
    return new Promise((goOn) => this.#parked.push({ name, goOn }));
  }

  /** Work that a turn waits for, such as a command to Redis. */
  async does<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
    }
  }

  /** Runs all of it to its end. */
  async run(actors: readonly (() => Promise<void>)[]): Promise<void> {
    for (const act of actors) {
      act().catch((error) => {
        this.#failure ??= error;
      });
    }
    for (;;) {
      await this.#settled();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#parked.length === 0) return;
      if (this.steps.length === MOST_STEPS) throw new Error(`still going after ${MOST_STEPS} steps`);
      this.#letOn();
    }
  }

  #letOn(): void {
    const choice = this.#choices[this.steps.length % this.#choices.length] ?? 0;
    const [next] = this.#parked.splice(choice % this.#parked.length, 1);
    this.steps.push(next?.name ?? '');
    next?.goOn();
  }

  /** Nothing is under way, and nothing that has just ended sets off anything more. */
  async #settled(): Promise<void> {
    let quietTurns = 0;
    while (quietTurns < 3) {
      await turn();
      quietTurns = this.#underWay === 0 ? quietTurns + 1 : 0;
    }
  }
}
