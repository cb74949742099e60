/** Of the samples: the first ones allocate what stays, such as compiled code, slabs and tables. */
const WARM_UP = 0.3;

/** How much the mean of the last samples is above that of those in the middle, after the warm-up. */
export function growthOf(values: readonly number[]): number {
  const warm = values.slice(Math.round(values.length * WARM_UP));
  const middle = warm.length >> 1;
  return mean(warm.slice(middle)) - mean(warm.slice(0, middle));
}

/** Whether the values do not grow by `allowed` or more after the warm-up. */
export const isFlat = (values: readonly number[], allowed: number): boolean => growthOf(values) < allowed;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
