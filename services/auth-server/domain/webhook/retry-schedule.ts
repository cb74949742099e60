const MINUTE_MS = 60_000;

/** The product's rule: after each failed attempt, when the next one follows. None is left after the third retry. */
const RETRY_AFTER_MS: readonly number[] = [5 * MINUTE_MS, 30 * MINUTE_MS, 120 * MINUTE_MS];

/** When to try again after `failures` failed attempts, the last one just now; undefined: never. */
export function nextAttemptAfter(failures: number, now: Date): Date | undefined {
  const wait = RETRY_AFTER_MS[failures - 1];
  return wait === undefined ? undefined : new Date(now.getTime() + wait);
}
