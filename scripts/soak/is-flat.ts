/** The share of samples to skip, because the process still allocates memory that it keeps: compiled code, slabs, tables. */
const WARM_UP = 0.3;

/** The mean of the last samples minus that of the middle ones, after the warm-up. */
export function growthOf(values: readonly number[]): number {
  const warm = values.slice(Math.round(values.length * WARM_UP));
  const middle = warm.length >> 1;
  return mean(warm.slice(middle)) - mean(warm.slice(0, middle));
}

/** Whether the values do not grow by `allowed` or more after the warm-up. */
export const isFlat = (values: readonly number[], allowed: number): boolean => growthOf(values) < allowed;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
