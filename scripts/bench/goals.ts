/** A limit that a figure must meet. */
export interface Goal {
  /** The figure's own value, its ratio to the baseline, or its CPU time in µs. */
  readonly of: GoalSubject;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
}

export type GoalSubject = 'value' | 'ratio' | 'CPU';

export const atLeast = (limit: number, of: GoalSubject = 'value'): Goal => ({ of, bound: 'at least', limit });
export const atMost = (limit: number, of: GoalSubject = 'value'): Goal => ({ of, bound: 'at most', limit });

/** Whether `measured` meets the goal; NaN does not. */
export function isMet({ bound, limit }: Goal, measured: number): boolean {
  return bound === 'at least' ? measured >= limit : measured <= limit;
}

/** `≥ 3 ×`, `≤ 50 µs CPU`, `≥ 15,000 tokens/s`. */
export function goalText({ of, bound, limit }: Goal, unit: string): string {
  const units: Readonly<Record<GoalSubject, string>> = { value: unit, ratio: '×', CPU: 'µs CPU' };
  return `${bound === 'at least' ? '≥' : '≤'} ${limit.toLocaleString('en')} ${units[of]}`;
}
