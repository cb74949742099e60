const WINDOW_MS = 60_000;
const MAX_RESTARTS = 10;
const MIN_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/**
 * Backoff for replacing workers that have exited: the wait doubles with each exit in the last minute. After MAX_RESTARTS in a
 * minute the service should exit, so that its supervisor notices.
 */
export class Restarts {
  #exits: number[] = [];

  /** Returns how long to wait before the replacement, in ms; undefined: give up. */
  onExit(nowMs: number): number | undefined {
    this.#exits = [...this.#exits.filter((at) => nowMs - at < WINDOW_MS), nowMs];
    const exits = this.#exits.length;
    if (exits > MAX_RESTARTS) return undefined;
    return Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** (exits - 1));
  }
}
