/** `api`: a call of the v3 API. `change`: a consent with its code exchange, a refresh, a disconnect or the look-up before it. */
export type CallKind = 'api' | 'change';

/** What the load saw during one step. */
export interface Tally {
  readonly calls: Readonly<Record<CallKind, number>>;
  readonly failed: Readonly<Record<CallKind, number>>;
  /** From the start of the first failed call until a later call of the same kind has succeeded, or the step has ended. */
  readonly longestOutageMs: number;
  /** What was wrong: an old token accepted after a disconnect or refresh, an active one refused, a change rejected. */
  readonly wrong: readonly string[];
  /** The error of the first failed call. */
  readonly firstFailure: string | undefined;
}

/** Counts calls while the load runs. A call belongs to the step in which it ends. */
export class TallyCounter {
  #calls = { api: 0, change: 0 };
  #failed = { api: 0, change: 0 };
  #failingSince: Record<CallKind, number | undefined> = { api: undefined, change: undefined };
  #longestOutageMs = 0;
  #wrong: string[] = [];
  #firstFailure: string | undefined;

  /** `startedAt` is a value of performance.now(). */
  success(kind: CallKind, startedAt: number): void {
    this.#calls[kind]++;
    const failingSince = this.#failingSince[kind];
    if (failingSince === undefined || startedAt < failingSince) return;
    this.#endOutage(kind, failingSince);
  }

  failure(kind: CallKind, startedAt: number, reason: string): void {
    this.#calls[kind]++;
    this.#failed[kind]++;
    this.#firstFailure ??= reason;
    this.#failingSince[kind] ??= startedAt;
  }

  wrong(description: string): void {
    this.#wrong.push(description);
  }

  /** Whether calls of a kind have failed and none has succeeded since. */
  get isFailing(): boolean {
    return this.#failingSince.api !== undefined || this.#failingSince.change !== undefined;
  }

  /** The counts since the last take(), which start again at 0. Outages that still last are counted until now. */
  take(): Tally {
    for (const [kind, since] of Object.entries(this.#failingSince) as [CallKind, number | undefined][]) {
      if (since !== undefined) this.#endOutage(kind, since);
    }
    const tally = {
      calls: this.#calls,
      failed: this.#failed,
      longestOutageMs: this.#longestOutageMs,
      wrong: this.#wrong,
      firstFailure: this.#firstFailure,
    };
    this.#calls = { api: 0, change: 0 };
    this.#failed = { api: 0, change: 0 };
    this.#longestOutageMs = 0;
    this.#wrong = [];
    this.#firstFailure = undefined;
    return tally;
  }

  #endOutage(kind: CallKind, since: number): void {
    this.#longestOutageMs = Math.max(this.#longestOutageMs, performance.now() - since);
    this.#failingSince[kind] = undefined;
  }
}
