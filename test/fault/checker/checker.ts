import type { Dimension, Observation, Version } from './history.ts';

/** The guarantees of docs/caching.md that hold in a run: B only where Redis keeps its data and every fence succeeded. */
export type Promised = 'A' | 'A and B';

const GUARANTEES = {
  A: 'A: a response older than a change that had been acknowledged before the call',
  B: 'B: a response older than another one that had arrived before the call',
  unexplained: 'a response that no state explains',
} as const;

export interface Violation {
  readonly guarantee: keyof typeof GUARANTEES;
  readonly dimension: Dimension;
  readonly observation: Observation;
  /** The oldest version that was allowed, as an index into those that happened. */
  readonly oldest: number;
}

/**
 * Checks all observations of a dimension. Each is assigned to the oldest version that explains it, which constrains the
 * others least, so a single pass in order of start is complete.
 */
export function checkDimension(dimension: Dimension, promised: Promised): Violation[] {
  const versions = dimension.happened;
  const observations = dimension.observations.toSorted((a, b) => a.startedAt - b.startedAt);
  const assigned = new Map<Observation, number>();
  const acknowledged = new NewestBefore(
    versions.map(({ acknowledgedAt = Number.POSITIVE_INFINITY }, index) => ({
      at: acknowledgedAt,
      version: () => index,
    })),
  );
  const observed = new NewestBefore(
    observations.map((each) => ({ at: each.endedAt, version: () => assigned.get(each) ?? 0 })),
  );
  const violations: Violation[] = [];
  for (const observation of observations) {
    const newest = newestBegunBefore(versions, observation.endedAt);
    const afterChanges = acknowledged.before(observation.startedAt);
    const afterReads = observed.before(observation.startedAt);
    const oldest = promised === 'A' ? afterChanges : Math.max(afterChanges, afterReads);
    const first = (from: number) => firstAccepted(versions, observation, from, newest);
    const version = first(oldest);
    if (version !== undefined) assigned.set(observation, version);
    else {
      const guarantee = first(afterChanges) !== undefined ? 'B' : first(0) !== undefined ? 'A' : 'unexplained';
      violations.push({ guarantee, dimension, observation, oldest });
    }
  }
  return violations;
}

/** The violation with the versions around it. `at` describes a time of the history. */
export function explain({ guarantee, dimension, observation, oldest }: Violation, at = milliseconds): string {
  const from = Math.max(0, oldest - 1);
  const { where, saw, startedAt, endedAt } = observation;
  const lines = dimension.happened.slice(from, oldest + 3).map(({ value, begunAt, acknowledgedAt, outcome }, index) => {
    const end = acknowledgedAt === undefined ? `${outcome}, not acknowledged` : `acknowledged at ${at(acknowledgedAt)}`;
    return `  version ${from + index}: ${value}, begun at ${at(begunAt)}, ${end}`;
  });
  const read = `  ${where} was called at ${at(startedAt)} and responded at ${at(endedAt)}: ${saw}`;
  return [`${GUARANTEES[guarantee]} (${dimension.name})`, ...lines, read].join('\n');
}

const milliseconds = (time: number): string => `${time.toFixed(1)} ms`;

function firstAccepted(versions: readonly Version[], { accepts }: Observation, oldest: number, newest: number) {
  for (let index = oldest; index <= newest; index++) {
    if (accepts((versions[index] as Version).value)) return index;
  }
  return undefined;
}

function newestBegunBefore(versions: readonly Version[], time: number): number {
  let low = 0;
  let high = versions.length;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((versions[middle] as Version).begunAt < time) low = middle;
    else high = middle;
  }
  return low;
}

/** The newest version among the events before a time. `before` must be called with times in ascending order. */
class NewestBefore {
  readonly #events: readonly { readonly at: number; readonly version: () => number }[];
  #next = 0;
  #newest = 0;

  constructor(events: readonly { readonly at: number; readonly version: () => number }[]) {
    this.#events = events.toSorted((a, b) => a.at - b.at);
  }

  before(time: number): number {
    for (let event = this.#events[this.#next]; event !== undefined && event.at < time; ) {
      this.#newest = Math.max(this.#newest, event.version());
      event = this.#events[++this.#next];
    }
    return this.#newest;
  }
}
