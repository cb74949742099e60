import type { Capacity } from '../../domain/webhook/delivery-store.ts';

/** Concurrent attempts for each app. */
const MAX_PER_APP = 10;
/**
 * Concurrent attempts for a slow app, whose last attempt failed or took at least `SLOW_MS`. Fewer, because its attempts use slots
 * for longer.
 */
const MAX_PER_SLOW_APP = 2;
const SLOW_MS = 2_000;
/** Slow apps that are remembered; the oldest is removed first. */
const MAX_SLOW_APPS = 10_000;

/** The delivery attempts that this server may have in flight. All slow apps together get at most half of them. */
export class DeliverySlots {
  readonly #total: number;
  /** Attempts in flight, by app. */
  readonly #busy = new Map<number, number>();
  readonly #slow = new Set<number>();
  #inFlight = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Free slots. */
  get capacity(): Capacity {
    const apps = new Set([...this.#busy.keys(), ...this.#slow]);
    const free = (app: number) => Math.max(0, this.#limit(app) - (this.#busy.get(app) ?? 0));
    return {
      total: this.#total - this.#inFlight,
      ofSlow: Math.max(0, Math.ceil(this.#total / 2) - this.#slowInFlight()),
      perApp: MAX_PER_APP,
      ofApps: new Map([...apps].map((app) => [app, { free: free(app), isSlow: this.#slow.has(app) }])),
    };
  }

  acquire(app: number): void {
    this.#inFlight++;
    this.#busy.set(app, (this.#busy.get(app) ?? 0) + 1);
  }

  release(app: number, { durationMs, succeeded }: { durationMs: number; succeeded: boolean }): void {
    this.#inFlight--;
    const left = (this.#busy.get(app) ?? 0) - 1;
    if (left > 0) this.#busy.set(app, left);
    else this.#busy.delete(app);
    this.#slow.delete(app);
    if (succeeded && durationMs < SLOW_MS) return;
    if (this.#slow.size === MAX_SLOW_APPS) this.#slow.delete(this.#slow.values().next().value as number);
    this.#slow.add(app);
  }

  #slowInFlight(): number {
    let sum = 0;
    for (const [app, attempts] of this.#busy) if (this.#slow.has(app)) sum += attempts;
    return sum;
  }

  #limit(app: number): number {
    return this.#slow.has(app) ? MAX_PER_SLOW_APP : MAX_PER_APP;
  }
}
