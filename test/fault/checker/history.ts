/**
 * What happened in one run, by one clock: that of the test process, which issues every operation itself.
 *
 * An answer of Introspect is taken apart into dimensions (who is live, the role, the subdomain, …). Each dimension has one
 * changer that never has two changes under way, so its values are a plain sequence in commit order, and nothing has to be
 * searched for.
 */

/** `open` until its outcome is known; `committed` without having been acknowledged; `undone`: it never happened. */
export type VersionOutcome = 'open' | 'acknowledged' | 'committed' | 'undone';

/** One value of a dimension. */
export interface Version {
  value: string;
  readonly begunAt: number;
  /** When a call returned that had promised it; undefined if none did. */
  acknowledgedAt: number | undefined;
  outcome: VersionOutcome;
}

/** One answer, as far as one dimension goes. */
export interface Observation {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Which replica answered. */
  readonly where: string;
  /** What it answered, in words. */
  readonly saw: string;
  /** Whether that answer is right for a value. */
  readonly accepts: (value: string) => boolean;
}

/** A sequence of values, and what was seen of it. */
export class Dimension {
  readonly name: string;
  readonly versions: Version[];
  readonly observations: Observation[] = [];

  /** The first value counts as acknowledged before everything. */
  constructor(name: string, first: string) {
    this.name = name;
    this.versions = [{ value: first, begunAt: 0, acknowledgedAt: 0, outcome: 'acknowledged' }];
  }

  /** Notes that a change to `value` begins now. The last one must be settled. */
  begin(value: string, now: number): Version {
    if (this.versions.at(-1)?.outcome === 'open') throw new Error(`${this.name}: two changes at once`);
    const version: Version = { value, begunAt: now, acknowledgedAt: undefined, outcome: 'open' };
    this.versions.push(version);
    return version;
  }

  /** The value that stands, by all that is known. */
  get value(): string {
    return (this.versions.findLast(({ outcome }) => outcome !== 'undone') as Version).value;
  }
}

/** The outcomes of a change, as its changer learns them. */
export const settle = {
  acknowledged(version: Version, now: number): void {
    version.outcome = 'acknowledged';
    version.acknowledgedAt = now;
  },
  committed(version: Version): void {
    version.outcome = 'committed';
  },
  undone(version: Version): void {
    version.outcome = 'undone';
  },
};
