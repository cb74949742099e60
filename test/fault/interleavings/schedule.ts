import { setImmediate as turn } from 'node:timers/promises';

interface Waiting {
  readonly who: string;
  readonly step: string;
  /** The time before which it does not continue, as long as anything else can. */
  readonly notBefore: number;
  readonly resume: () => void;
}

/** A generated order of steps. */
export interface Order {
  /** The speed of each actor, in the order in which they can first be chosen; repeated if there are more actors. */
  readonly speeds: readonly number[];
  /** A number of at least 0 and below 1 for each step; repeated if there are more steps. */
  readonly draws: readonly number[];
  readonly stalls: readonly Stall[];
}

/** Steps that begin with `step`, of actors whose names begin with `who`. */
export interface Place {
  readonly who: string;
  readonly step: string;
}

/** A place where every actor waits for a number of steps. */
export interface Stall extends Place {
  readonly steps: number;
}

/** More than any run takes. */
const MAX_STEPS = 2_000;

/**
 * Runs concurrent code one step at a time, in a given order. Code waits at a point until it is chosen; a step lasts until
 * all that it started has ended, waits at a point, or waits for something that does.
 */
export class Schedule {
  readonly steps: string[] = [];
  readonly #order: Order;
  readonly #speeds = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #error: unknown;

  constructor(order: Order) {
    this.#order = order;
  }

  /** The clock of the history: the number of steps. */
  get now(): number {
    return this.steps.length;
  }

  /** Resolves when this step of the actor `who` is chosen as the next one. */
  point(who: string, step: string): Promise<void> {
    const stall = this.#order.stalls.find((each) => who.startsWith(each.who) && step.startsWith(each.step));
    const notBefore = this.now + (stall?.steps ?? 0);
    return new Promise((resume) => this.#waiting.push({ who, step, notBefore, resume }));
  }

  /** Like `point`, within `run`, whose work does not count as running meanwhile. */
  async pointWithin(who: string, step: string): Promise<void> {
    this.#running--;
    await this.point(who, step);
    this.#running++;
  }

  /** Runs work that belongs to the current step, such as a command to Redis. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }

  /** Runs all actors until they end. Rejects with the first error of an actor. */
  async runAll(actors: readonly (() => Promise<void>)[]): Promise<void> {
    for (const act of actors) {
      act().catch((error) => {
        this.#error ??= error;
      });
    }
    for (;;) {
      await this.#stepEnded();
      if (this.#error !== undefined) throw this.#error;
      if (this.#waiting.length === 0) return;
      if (this.steps.length === MAX_STEPS) throw new Error(`the actors have not ended after ${MAX_STEPS} steps`);
      const next = this.#choose();
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.steps.push(`${next.who} ${next.step}`);
      next.resume();
    }
  }

  #choose(): Waiting {
    const { draws } = this.#order;
    const ready = this.#waiting.filter(({ notBefore }) => notBefore <= this.now);
    const candidates = ready.length > 0 ? ready : this.#waiting;
    const speeds = candidates.map(({ who }) => this.#speedOf(who));
    let left = (draws[this.steps.length % draws.length] ?? 0) * speeds.reduce((sum, speed) => sum + speed, 0);
    const chosen = speeds.findIndex((speed) => {
      left -= speed;
      return left < 0;
    });
    return candidates[chosen] as Waiting;
  }

  #speedOf(who: string): number {
    const { speeds } = this.#order;
    const speed = this.#speeds.get(who) ?? speeds[this.#speeds.size % speeds.length] ?? 1;
    this.#speeds.set(who, speed);
    return speed;
  }

  /** Resolves when nothing runs, and nothing that has just ended starts anything more. */
  async #stepEnded(): Promise<void> {
    let quietTurns = 0;
    while (quietTurns < 3) {
      await turn();
      quietTurns = this.#running === 0 ? quietTurns + 1 : 0;
    }
  }
}
