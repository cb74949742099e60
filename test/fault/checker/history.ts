/**
 * The history of one run. The test process issues every operation itself, so there is one clock: its milliseconds, or the
 * number of steps of a schedule (interleavings/schedule.ts).
 *
 * A response of Introspect is split into dimensions (live token, role, subdomain, …). The changes of a dimension are
 * sequential, so the order of its versions is known to the checker.
 */

/** `committed`: it is in Postgres and was not acknowledged. `undone`: it is not in Postgres. */
type VersionOutcome = 'open' | 'acknowledged' | 'committed' | 'undone';

/** One value of a dimension. */
export interface Version {
  value: string;
  readonly begunAt: number;
  /** When the call that acknowledged it returned. */
  acknowledgedAt?: number;
  outcome: VersionOutcome;
  /** The outcome of the call was unknown, so an undone change may still be applied, when a stopped server continues. */
  isAbandoned?: boolean;
}

/** When a call of Introspect started and ended, and at which replica. */
export interface Request {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly where: string;
}

/** What one response says about a dimension. */
export interface Observation extends Request {
  readonly saw: string;
  /** Whether the response is correct for a value. */
  readonly accepts: (value: string) => boolean;
}

/** The values of one fact in order, and the observations of it. */
export class Dimension {
  readonly name: string;
  readonly versions: Version[];
  readonly observations: Observation[] = [];

  /** The initial value counts as acknowledged before everything. */
  constructor(name: string, initial: string) {
    this.name = name;
    this.versions = [{ value: initial, begunAt: 0, acknowledgedAt: 0, outcome: 'acknowledged' }];
  }

  /** Begins a change to `value`. The previous change must have an outcome. */
  begin(value: string, begunAt: number): Version {
    if (this.versions.at(-1)?.outcome === 'open') throw new Error(`${this.name}: two changes at once`);
    const version: Version = { value, begunAt, outcome: 'open' };
    this.versions.push(version);
    return version;
  }

  observe(request: Request, saw: string, accepts = (value: string) => value === saw): void {
    this.observations.push({ ...request, saw, accepts });
  }

  /** The versions that are not undone, in commit order; the last one may be open. */
  get happened(): Version[] {
    return this.versions.filter(({ outcome }) => outcome !== 'undone');
  }

  /** Whether a change to this value was abandoned, so that it may have been applied after later changes. */
  mayBecome(value: string): boolean {
    return this.versions.some((version) => version.isAbandoned && version.value === value);
  }

  /** The current value, as far as is known. */
  get value(): string {
    return (this.happened.at(-1) as Version).value;
  }
}

export function acknowledge(version: Version, now: number): void {
  version.outcome = 'acknowledged';
  version.acknowledgedAt = now;
}
