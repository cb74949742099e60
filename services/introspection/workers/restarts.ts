const WINDOW_MS = 60_000;
const MOST_DEATHS = 10;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * When a dead worker is replaced: after a wait that doubles with each death of the last minute. Workers that die again
 * and again have a reason that a new one will not cure; then the service ends, so that whoever watches it can see.
 */
export class Restarts {
  #deaths: number[] = [];

  /** A worker has died. Returns for how long to wait, in ms; undefined: no more. */
  afterDeath(nowMs: number): number | undefined {
    this.#deaths = [...this.#deaths.filter((at) => nowMs - at < WINDOW_MS), nowMs];
    const deaths = this.#deaths.length;
    if (deaths > MOST_DEATHS) return undefined;
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (deaths - 1));
  }
}
