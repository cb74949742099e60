import type { Capacity } from '../../domain/webhook/delivery-store.ts';

/** Attempts at once to one app's receiver. */
const MOST_PER_APP = 10;
/** The same for a receiver whose last attempt failed or took long: it holds its places for long, so it gets few. */
const MOST_PER_SLOW_APP = 2;
const SLOW_MS = 2_000;
/** Slow receivers that are remembered; the one that was first is forgotten first. */
const MOST_SLOW_APPS = 10_000;

/**
 * Who may take how many of the places of this server. Slow receivers, all together, get half of them: so however many
 * there are, others find room.
 */
export class Lanes {
  readonly #total: number;
  readonly #busy = new Map<number, number>();
  readonly #slow = new Set<number>();
  #inFlight = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** What is free now. */
  get capacity(): Capacity {
    const apps = new Set([...this.#busy.keys(), ...this.#slow]);
    const free = (app: number) => Math.max(0, this.#most(app) - (this.#busy.get(app) ?? 0));
    return {
      total: this.#total - this.#inFlight,
      ofSlow: Math.max(0, Math.ceil(this.#total / 2) - this.#slowInFlight()),
      perApp: MOST_PER_APP,
      ofApps: new Map([...apps].map((app) => [app, { free: free(app), isSlow: this.#slow.has(app) }])),
    };
  }

  enter(app: number): void {
    this.#inFlight++;
    this.#busy.set(app, (this.#busy.get(app) ?? 0) + 1);
  }

  leave(app: number, { durationMs, succeeded }: { durationMs: number; succeeded: boolean }): void {
    this.#inFlight--;
    const left = (this.#busy.get(app) ?? 0) - 1;
    if (left > 0) this.#busy.set(app, left);
    else this.#busy.delete(app);
    this.#slow.delete(app);
    if (succeeded && durationMs < SLOW_MS) return;
    if (this.#slow.size === MOST_SLOW_APPS) this.#slow.delete(this.#slow.values().next().value as number);
    this.#slow.add(app);
  }

  #slowInFlight(): number {
    let sum = 0;
    for (const [app, attempts] of this.#busy) if (this.#slow.has(app)) sum += attempts;
    return sum;
  }

  #most(app: number): number {
    return this.#slow.has(app) ? MOST_PER_SLOW_APP : MOST_PER_APP;
  }
}
