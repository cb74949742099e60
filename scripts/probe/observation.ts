/** A response of a replica; times in ms of the prober's monotonic clock. */
export interface ReplicaResponse {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly active: boolean;
}

/** Start and return of a revocation call, in ms of the same clock. `returnedAt` is Infinity until it has returned. */
export interface RevocationCall {
  readonly startedAt: number;
  returnedAt: number;
}

/** The responses of one replica in a round. */
export class Observation {
  readonly replica: string;
  responses = 0;
  /** Responses to requests that were sent after the revocation had returned. */
  responsesAfterReturn = 0;
  /** The `active` ones among these. */
  violations = 0;
  /** Requests without a usable response (none, or an error). They are not violations. */
  errors = 0;
  /** When the first denial was received. */
  firstDenialAt: number | undefined;
  /** When the first denial after the last `active` response was received. */
  deniedSince: number | undefined;
  /** When the last request with an `active` response was sent. */
  lastActiveAt: number | undefined;

  constructor(replica: string) {
    this.replica = replica;
  }

  record({ sentAt, receivedAt, active }: ReplicaResponse, returnedAt: number): void {
    const isAfterReturn = sentAt > returnedAt;
    this.responses++;
    if (isAfterReturn) this.responsesAfterReturn++;
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
  /** The same as `RevocationCall.startedAt`. */
  readonly startedAt: number;
  readonly observations: readonly Observation[];
  readonly violations: number;
  /** Duration of the revocation call. */
  readonly callMs: number;
  /** From the start of the call to the first denial; undefined without one. */
  readonly firstDenialMs: number | undefined;
  /** From the start of the call until every replica denied for good; undefined if a replica was still active at the end. */
  readonly lastDenialMs: number | undefined;
  /** From the return of the call to the last request with an `active` response; 0 without violations. */
  readonly activeForMs: number;
}

/**
 * `revocation`: the name of the call. Throws if a replica has responded to no request that was sent after the call had returned:
 * nothing was measured.
 */
export function resultOf(revocation: string, call: RevocationCall, observations: readonly Observation[]): RoundResult {
  const silent = observations.find(({ responsesAfterReturn }) => responsesAfterReturn === 0);
  if (silent !== undefined) throw new Error(`${silent.replica} did not respond after the revocation`);
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
