import type { Connection } from './connection.ts';

/** Decides when requests begin. */
export interface Pace {
  start(connections: readonly Connection[]): void;
  /** A connection has room. */
  freed(connection: Connection): void;
  /** No more requests. */
  stop(): void;
}

/** Every answer is followed by the next request: as much as the server can do with so many requests in flight. */
export class ClosedLoop implements Pace {
  #isStopped = false;

  start(connections: readonly Connection[]): void {
    for (const connection of connections) this.freed(connection);
  }

  freed(connection: Connection): void {
    if (this.#isStopped || connection.free <= 0) return;
    connection.begin(new Array(connection.free).fill(performance.now()));
  }

  stop(): void {
    this.#isStopped = true;
  }
}

const TICK_MS = 1;

/**
 * So many requests a second, whatever the server does. A request that finds no room waits, and its time counts from when
 * it was due: a server that stalls is charged for all that should have been sent meanwhile. What the timer is late is
 * not charged to anybody.
 */
export class FixedRate implements Pace {
  readonly #perMs: number;
  /** Times of requests that are due, from `#head` on: taking some must not move the rest, which may be many. */
  #due: number[] = [];
  #head = 0;
  #connections: readonly Connection[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #owed = 0;
  #next = 0;

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000;
  }

  start(connections: readonly Connection[]): void {
    this.#connections = connections;
    this.#lastTick = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  freed(connection: Connection): void {
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

  #begin(connection: Connection, most: number): void {
    const count = Math.min(connection.free, this.#waiting, most);
    if (count <= 0) return;
    this.#head += count;
    connection.begin(this.#due.slice(this.#head - count, this.#head));
    if (this.#waiting > 0) return;
    this.#due = [];
    this.#head = 0;
  }

  /** One request for each connection in turn, so that a tick's requests spread over all of them. */
  #tick(): void {
    const now = performance.now();
    this.#owed += (now - this.#lastTick) * this.#perMs;
    this.#lastTick = now;
    for (; this.#owed >= 1; this.#owed--) this.#due.push(now);
    const share = Math.ceil(this.#waiting / this.#connections.length);
    for (let turn = 0; turn < this.#connections.length; turn++) {
      this.#begin(this.#connections[this.#next++ % this.#connections.length] as Connection, share);
    }
  }
}
