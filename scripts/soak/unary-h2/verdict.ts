/** The first tenths fill what is kept for ever: compiled code, slabs, tables. */
const WARM_UP = 3;
/** Between the mean of the first half after that and the mean of the second; what a collection leaves varies more than this. */
const ALLOWED_BYTES = 2 * 1024 * 1024;

/** Whether what is held after each tenth shows no growth once it is warm. */
export function isFlat(heldBytes: readonly number[]): boolean {
  const warm = heldBytes.slice(WARM_UP);
  const middle = warm.length >> 1;
  return mean(warm.slice(middle)) - mean(warm.slice(0, middle)) < ALLOWED_BYTES;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
