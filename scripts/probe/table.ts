import type { Observation, RoundResult } from './observation.ts';

const HEADINGS = ['replica', 'denies after', 'responses', 'after return', 'violations', 'errors'];
const milliseconds = (value: number | undefined): string => (value === undefined ? 'never' : `${value.toFixed(1)} ms`);

/** A round as a table with a line for each replica, then a summary. */
export function tableOf(result: RoundResult): string {
  const rows = [HEADINGS, ...result.observations.map((each) => rowOf(each, result.startedAt))];
  const widths = HEADINGS.map((_heading, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  '),
  );
  return `${[...lines, '', summaryOf(result)].join('\n')}\n`;
}

const rowOf = (each: Observation, startedAt: number): string[] => [
  each.replica,
  milliseconds(each.deniedSince === undefined ? undefined : each.deniedSince - startedAt),
  String(each.responses),
  String(each.responsesAfterReturn),
  String(each.violations),
  String(each.errors),
];

function summaryOf({ revocation, callMs, firstDenialMs, lastDenialMs, violations, activeForMs }: RoundResult): string {
  const times = `first denial ${milliseconds(firstDenialMs)}, all deny ${milliseconds(lastDenialMs)}`;
  const verdict =
    violations === 0
      ? '0 violations'
      : `${violations} VIOLATIONS, active for ${milliseconds(activeForMs)} after the return`;
  return `${revocation} returned after ${milliseconds(callMs)}; ${times}; ${verdict}`;
}
