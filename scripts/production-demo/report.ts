import type { Tally } from './tally.ts';

/** A step of the demo and what the load saw meanwhile. */
export interface StepReport {
  readonly name: string;
  readonly tally: Tally;
  /** Failovers have an outage; everything else must not fail a call. */
  readonly maxOutageMs: number;
}

const COLUMNS = ['', 'API calls', 'failed', 'changes', 'failed', 'longest outage', 'wrong'];
const NAME_WIDTH = 28;
const MAX_SHOWN = 5;

/** What falls short in a step; empty if nothing does. */
export function problemsOf({ name, tally, maxOutageMs }: StepReport): string[] {
  const { calls, failed, longestOutageMs, wrong, firstFailure } = tally;
  const problems = wrong.slice(0, MAX_SHOWN).map((each) => `${name}: wrong answer: ${each}`);
  if (calls.api === 0 || calls.change === 0) problems.push(`${name}: no calls were made`);
  if (longestOutageMs > maxOutageMs && failed.api + failed.change > 0) {
    problems.push(`${name}: ${failed.api + failed.change} calls failed, the first with: ${firstFailure}`);
  }
  return problems;
}

/** A table with a line for each step. */
export function tableOf(reports: readonly StepReport[]): string {
  const rows = reports.map(({ name, tally: { calls, failed, longestOutageMs, wrong } }) => [
    name,
    String(calls.api),
    String(failed.api),
    String(calls.change),
    String(failed.change),
    longestOutageMs === 0 ? '-' : `${(longestOutageMs / 1_000).toFixed(1)} s`,
    String(wrong.length),
  ]);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(NAME_WIDTH) : cell.padStart((COLUMNS[index] ?? '').length)))
      .join('  ');
  return [COLUMNS, ...rows].map(line).join('\n');
}
