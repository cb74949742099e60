import type { Dimension, Observation, Version } from './history.ts';

/** Which guarantees are promised in a run: B only where Redis keeps what it holds and every fence could be put. */
export type Promised = 'A' | 'A and B';

/**
 * `A`: from before a change whose success was known before the question was asked. `B`: from before what an answer that
 * had ended earlier was from. `G2`: from no state that there was.
 */
export interface Violation {
  readonly guarantee: 'A' | 'B' | 'G2';
  readonly dimension: Dimension;
  readonly observation: Observation;
  /** The oldest version that the answer might have been from, as an index into the versions that happened. */
  readonly oldest: number;
}

/**
 * Checks every answer of one dimension. Each is assigned to the oldest version that can explain it; whoever takes the
 * oldest leaves the most room for all others, so one pass in the order of the questions decides.
 */
export function checkDimension(dimension: Dimension, promised: Promised): Violation[] {
  const versions = happened(dimension);
  const observations = dimension.observations.toSorted((a, b) => a.startedAt - b.startedAt);
  const acknowledged = new Watermark(
    versions.flatMap(({ acknowledgedAt }, index) => (acknowledgedAt === undefined ? [] : [[acknowledgedAt, index]])),
  );
  const seen = new SeenVersions(observations);
  const violations: Violation[] = [];
  for (const observation of observations) {
    const newest = newestBegunBefore(versions, observation.endedAt);
    const bounds = {
      A: acknowledged.before(observation.startedAt),
      B: promised === 'A' ? -1 : seen.before(observation.startedAt),
    };
    const oldest = Math.max(bounds.A, bounds.B);
    const version = firstAccepted(versions, observation, oldest, newest);
    if (version !== undefined) seen.assign(observation, version);
    else
      violations.push({ guarantee: broken(versions, observation, bounds.A, newest), dimension, observation, oldest });
  }
  return violations;
}

/** The versions that happened, in commit order. */
export const happened = ({ versions }: Dimension): Version[] => versions.filter(({ outcome }) => outcome !== 'undone');

/** Nothing within the bounds explains it: is it too old for an acknowledged change, only for an earlier answer, or never true? */
function broken(versions: Version[], observation: Observation, acknowledged: number, newest: number): 'A' | 'B' | 'G2' {
  if (firstAccepted(versions, observation, acknowledged, newest) !== undefined) return 'B';
  return firstAccepted(versions, observation, 0, newest) === undefined ? 'G2' : 'A';
}

function firstAccepted(versions: Version[], { accepts }: Observation, oldest: number, newest: number) {
  for (let index = Math.max(oldest, 0); index <= newest; index++) {
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

/** The highest version among events before a time; times must be asked in order. */
class Watermark {
  readonly #events: readonly (readonly number[])[];
  #next = 0;
  #highest = -1;

  constructor(events: readonly (readonly number[])[]) {
    this.#events = events.toSorted(([a = 0], [b = 0]) => a - b);
  }

  before(time: number): number {
    for (; this.#next < this.#events.length; this.#next++) {
      const [at = 0, version = 0] = this.#events[this.#next] as readonly number[];
      if (at >= time) break;
      this.#highest = Math.max(this.#highest, version);
    }
    return this.#highest;
  }
}

/** The newest version that answers which had ended before a time were assigned to. They began earlier, so they are assigned. */
class SeenVersions {
  readonly #byEnd: readonly Observation[];
  readonly #assigned = new Map<Observation, number>();
  #next = 0;
  #highest = -1;

  constructor(observations: readonly Observation[]) {
    this.#byEnd = observations.toSorted((a, b) => a.endedAt - b.endedAt);
  }

  assign(observation: Observation, version: number): void {
    this.#assigned.set(observation, version);
  }

  before(time: number): number {
    for (; this.#next < this.#byEnd.length; this.#next++) {
      const observation = this.#byEnd[this.#next] as Observation;
      if (observation.endedAt >= time) break;
      this.#highest = Math.max(this.#highest, this.#assigned.get(observation) ?? -1);
    }
    return this.#highest;
  }
}
