import { happened, type Violation } from './checker.ts';
import type { Version } from './history.ts';

const CLAUSES = {
  A: 'A: an answer from before a change that had been acknowledged',
  B: 'B: an answer older than one that had ended before',
  G2: 'G2: an answer that no state explains',
} as const;

/** The violation as the shortest story that shows it: the versions around it and the answer. */
export function explain({ guarantee, dimension, observation, oldest }: Violation): string {
  const versions = happened(dimension);
  const from = Math.max(0, oldest - 1);
  const { where, saw, startedAt, endedAt } = observation;
  const lines = versions
    .slice(from, oldest + 3)
    .map((version, index) => `  version ${from + index}: ${story(version)}`);
  const question = `  ${where} was asked at ${ms(startedAt)} and answered at ${ms(endedAt)}: ${saw}`;
  return [`${CLAUSES[guarantee]} (${dimension.name})`, ...lines, question].join('\n');
}

function story({ value, begunAt, acknowledgedAt, outcome }: Version): string {
  const end = acknowledgedAt === undefined ? `${outcome}, never acknowledged` : `acknowledged at ${ms(acknowledgedAt)}`;
  return `${value}, begun at ${ms(begunAt)}, ${end}`;
}

const ms = (time: number): string => `${time.toFixed(1)} ms`;
