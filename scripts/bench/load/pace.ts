import type { Connection } from './connection.ts';

/** Decides when requests are sent. */
export interface Pace {
  start(connections: readonly Connection[]): void;
  /** A connection can send more. */
  onFree(connection: Connection): void;
  /** Sends no more requests. */
  stop(): void;
}

/** Every response is followed by the next request, so the number in flight is constant. */
export class ClosedLoop implements Pace {
  #isStopped = false;

  start(connections: readonly Connection[]): void {
    for (const connection of connections) this.onFree(connection);
  }

  onFree(connection: Connection): void {
    if (this.#isStopped || connection.free <= 0) return;
    connection.begin(new Array(connection.free).fill(performance.now()));
  }

  stop(): void {
    this.#isStopped = true;
  }
}

const TICK_MS = 1;

/**
 * A fixed number of requests per second. A request that cannot be sent waits, and its latency counts from when it was due, so
 * that the wait for a stalled server counts, too (no coordinated omission). Delays of the timer do not count.
 */
export class FixedRate implements Pace {
  readonly #perMs: number;
  /** When the waiting requests were due, from `#head` on. Sent ones stay until none waits: each removal would copy the rest. */
  #due: number[] = [];
  #head = 0;
  #connections: readonly Connection[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #accrued = 0;
  #next = 0;

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000;
  }

  start(connections: readonly Connection[]): void {
    this.#connections = connections;
    this.#lastTick = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  onFree(connection: Connection): void {
    this.#begin(connection, this.#waiting);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#due = [];
    this.#head = 0;
  }

  get #waiting(): number {
    return this.#due.length - this.#head;
  }

  #begin(connection: Connection, max: number): void {
    const count = Math.min(connection.free, this.#waiting, max);
    if (count <= 0) return;
    this.#head += count;
    connection.begin(this.#due.slice(this.#head - count, this.#head));
    if (this.#waiting > 0) return;
    this.#due = [];
    this.#head = 0;
  }

  /** Spreads the waiting requests over all connections. */
  #tick(): void {
    const now = performance.now();
    this.#accrued += (now - this.#lastTick) * this.#perMs;
    this.#lastTick = now;
    for (; this.#accrued >= 1; this.#accrued--) this.#due.push(now);
    const share = Math.ceil(this.#waiting / this.#connections.length);
    for (let index = 0; index < this.#connections.length; index++) {
      this.#begin(this.#connections[this.#next++ % this.#connections.length] as Connection, share);
    }
  }
}
