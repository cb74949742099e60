/** The share of samples to skip, because the process still allocates memory that it keeps: compiled code, slabs, tables. */
const WARM_UP = 0.3;

/** Of the samples after the warm-up: the mean of the second half minus the mean of the first. */
export function growthOf(values: readonly number[]): number {
  const warm = values.slice(Math.round(values.length * WARM_UP));
  const half = warm.length >> 1;
  return mean(warm.slice(half)) - mean(warm.slice(0, half));
}

/** Whether the values grow by less than `allowed` after the warm-up. */
export const isFlat = (values: readonly number[], allowed: number): boolean => growthOf(values) < allowed;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
