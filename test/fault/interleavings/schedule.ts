import { setImmediate as turn } from 'node:timers/promises';

interface Parked {
  readonly who: string;
  readonly step: string;
  /** The turn before which it does not go on, as long as anybody else can. */
  readonly notBefore: number;
  readonly goOn: () => void;
}

/** The order of a run: everybody is slow or quick in all that they do, and beyond that it is drawn. */
export interface Order {
  /** How quick each one is, in the order in which they appear; over again when there are more. */
  readonly speeds: readonly number[];
  /** From 0 to below 1, for each step; over again when there are more. */
  readonly draws: readonly number[];
  readonly stalls: readonly Stall[];
}

/** Steps that begin with `step`, of everybody whose name begins with `who`. */
export interface Place {
  readonly who: string;
  readonly step: string;
}

/** Everybody stays at a place for so many turns, as if stopped there. */
export interface Stall extends Place {
  readonly turns: number;
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
  readonly #order: Order;
  readonly #speeds = new Map<string, number>();
  readonly #parked: Parked[] = [];
  #underWay = 0;
  #failure: unknown;

  constructor(order: Order) {
    this.#order = order;
  }

  /** The time, as far as histories go: it passes with every turn. */
  get now(): number {
    return this.steps.length;
  }

  /** Waits for its turn. Call it within `does`, which is suspended meanwhile. */
  async point(who: string, step: string): Promise<void> {
    this.#underWay--;
    await this.beside(who, step);
    this.#underWay++;
  }

  /** The same outside of `does`. */
  beside(who: string, step: string): Promise<void> {
    const stall = this.#order.stalls.find((each) => who.startsWith(each.who) && step.startsWith(each.step));
    const notBefore = this.now + (stall?.turns ?? 0);
    return new Promise((goOn) => this.#parked.push({ who, step, notBefore, goOn }));
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
    const next = this.#chosen();
    this.#parked.splice(this.#parked.indexOf(next), 1);
    this.steps.push(`${next.who} ${next.step}`);
    next.goOn();
  }

  #chosen(): Parked {
    const { draws } = this.#order;
    const ready = this.#parked.filter(({ notBefore }) => notBefore <= this.now);
    const candidates = ready.length > 0 ? ready : this.#parked;
    const speeds = candidates.map(({ who }) => this.#speedOf(who));
    let left = (draws[this.steps.length % draws.length] ?? 0) * speeds.reduce((sum, speed) => sum + speed, 0);
    const chosen = speeds.findIndex((speed) => {
      left -= speed;
      return left < 0;
    });
    return candidates[chosen] as Parked;
  }

  #speedOf(who: string): number {
    const { speeds } = this.#order;
    const speed = this.#speeds.get(who) ?? speeds[this.#speeds.size % speeds.length] ?? 1;
    this.#speeds.set(who, speed);
    return speed;
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
