/** The only source of "now" in services, so that tests can own time. Milliseconds since 1970. */
export interface Clock {
  /** Whole milliseconds. */
  now(): number;
  /** The same with fractions, to tell what came first within a millisecond. */
  preciseNow(): number;
}

let origin = performance.timeOrigin;

export const systemClock: Clock = {
  now: () => Date.now(),
  preciseNow() {
    const wall = Date.now();
    // performance.now() does not follow corrections of the system's clock: start anew where the two have parted
    if (Math.abs(origin + performance.now() - wall) > 1) origin = wall - performance.now();
    return origin + performance.now();
  },
};
