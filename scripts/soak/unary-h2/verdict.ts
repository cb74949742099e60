/** The first tenths allocate what stays: compiled code, slabs, tables. */
const WARM_UP = 3;
/** Allowed difference between the means of the two halves after the warm-up. */
const ALLOWED_BYTES = 2 * 1024 * 1024;

/** Whether the memory after each tenth does not grow after the warm-up. */
export function isFlat(usedBytes: readonly number[]): boolean {
  const warm = usedBytes.slice(WARM_UP);
  const middle = warm.length >> 1;
  return mean(warm.slice(middle)) - mean(warm.slice(0, middle)) < ALLOWED_BYTES;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
