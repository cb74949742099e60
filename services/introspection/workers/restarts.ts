const WINDOW_MS = 60_000;
const MAX_RESTARTS = 10;
const MIN_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/**
 * When a worker that has exited is replaced: after a wait that doubles with each exit of the last minute. Workers that exit
 * again and again have a reason that a new one will not cure; then the service ends, so that whoever watches it can see.
 */
export class Restarts {
  #exits: number[] = [];

  /** A worker has exited. Returns for how long to wait, in ms; undefined: no more. */
  onExit(nowMs: number): number | undefined {
    this.#exits = [...this.#exits.filter((at) => nowMs - at < WINDOW_MS), nowMs];
    const exits = this.#exits.length;
    if (exits > MAX_RESTARTS) return undefined;
    return Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** (exits - 1));
  }
}
