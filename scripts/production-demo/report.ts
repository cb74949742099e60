import type { Tally } from './tally.ts';

/** A step of the demo and what the load saw meanwhile. */
export interface StepReport {
  readonly name: string;
  readonly tally: Tally;
  /** The longest outage that a failover may have. 0 for other steps, in which no call may fail. */
  readonly maxOutageMs: number;
}

const COLUMNS = ['step', 'API calls', 'failed', 'changes', 'failed', 'longest outage', 'wrong'];
const NAME_WIDTH = 32;
const MAX_SHOWN = 5;

/** The problems of a step; empty if there are none. */
export function problemsOf({ name, tally, maxOutageMs }: StepReport): string[] {
  const { calls, failed, longestOutageMs, wrong, firstFailure } = tally;
  const failedCalls = failed.api + failed.change;
  const problems = wrong.slice(0, MAX_SHOWN).map((each) => `${name}: wrong response: ${each}`);
  if (calls.api === 0 || calls.change === 0) problems.push(`${name}: no API calls or no changes were made`);
  if (longestOutageMs > maxOutageMs) {
    const tooLong = `, for up to ${seconds(longestOutageMs)} instead of at most ${seconds(maxOutageMs)}`;
    problems.push(
      `${name}: ${failedCalls} calls failed${maxOutageMs > 0 ? tooLong : ''}, the first with: ${firstFailure}`,
    );
  }
  return problems;
}

/** A line of the table of all steps. */
export function lineOf({ name, tally: { calls, failed, longestOutageMs, wrong } }: StepReport): string {
  const outage = longestOutageMs === 0 ? '-' : seconds(longestOutageMs);
  return line([name, calls.api, failed.api, calls.change, failed.change, outage, wrong.length]);
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

function line([name, ...cells]: readonly (string | number)[]): string {
  const columns = cells.map((cell, index) => String(cell).padStart((COLUMNS[index + 1] ?? '').length));
  return [String(name).padEnd(NAME_WIDTH), ...columns].join('  ');
}

/** The first line of the table. */
export const HEADER = line(COLUMNS);
