/** An answer of a replica; times in ms of the prober's monotonic clock. */
export interface Answer {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly active: boolean;
}

/** Start and return of a revocation call, in ms of the same clock. `returnedAt` is Infinity until it has returned. */
export interface RevocationCall {
  readonly startedAt: number;
  returnedAt: number;
}

/** What one replica answered in a round. */
export class Observation {
  readonly replica: string;
  answers = 0;
  /** Answers to questions that were sent after the revocation had returned. */
  answersAfterReturn = 0;
  /** `active` ones among them. */
  violations = 0;
  /** Questions without an answer. An outage is not an answer, so it is no violation. */
  errors = 0;
  /** When the first denial was received. */
  firstDenialAt: number | undefined;
  /** When the denial was received that no `active` answer followed. */
  deniedSince: number | undefined;
  /** When the last question was sent whose answer was `active`. */
  lastActiveAt: number | undefined;

  constructor(replica: string) {
    this.replica = replica;
  }

  record({ sentAt, receivedAt, active }: Answer, returnedAt: number): void {
    const isAfterReturn = sentAt > returnedAt;
    this.answers++;
    if (isAfterReturn) this.answersAfterReturn++;
    if (active) {
      if (isAfterReturn) this.violations++;
      this.lastActiveAt = sentAt;
      this.deniedSince = undefined;
    } else {
      this.firstDenialAt ??= receivedAt;
      this.deniedSince ??= receivedAt;
    }
  }
}

/** A round over all replicas; durations in ms. */
export interface RoundResult {
  readonly revocation: string;
  /** As `RevocationCall.startedAt`. */
  readonly startedAt: number;
  readonly observations: readonly Observation[];
  readonly violations: number;
  /** Of the revocation call. */
  readonly callMs: number;
  /** From the start of the call to the first denial; undefined without one. */
  readonly firstDenialMs: number | undefined;
  /** From the start of the call until every replica denied for good; undefined if one still did not at the end. */
  readonly lastDenialMs: number | undefined;
  /** From the return of the call to the last question that was answered with `active`; 0 without violations. */
  readonly activeForMs: number;
}

/** `revocation`: what ended the token. Throws if a replica has not answered after the return: the round shows nothing then. */
export function resultOf(revocation: string, call: RevocationCall, observations: readonly Observation[]): RoundResult {
  const silent = observations.find(({ answersAfterReturn }) => answersAfterReturn === 0);
  if (silent !== undefined) throw new Error(`${silent.replica} did not answer after the revocation`);
  const { startedAt, returnedAt } = call;
  const denials = observations.flatMap(({ firstDenialAt }) => firstDenialAt ?? []);
  const settled = observations.flatMap(({ deniedSince }) => deniedSince ?? []);
  const lastActive = Math.max(returnedAt, ...observations.flatMap(({ lastActiveAt }) => lastActiveAt ?? []));
  return {
    revocation,
    startedAt,
    observations,
    violations: observations.reduce((sum, { violations }) => sum + violations, 0),
    callMs: returnedAt - startedAt,
    firstDenialMs: denials.length === 0 ? undefined : Math.min(...denials) - startedAt,
    lastDenialMs: settled.length < observations.length ? undefined : Math.max(...settled) - startedAt,
    activeForMs: lastActive - returnedAt,
  };
}
