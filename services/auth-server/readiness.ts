import type { Log } from '#common/process/log.ts';
import { within } from '#common/process/within.ts';

/** Whether a server is ready, and if not, why. The reason is public. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** How long a result is reused after its probe has ended. */
const MAX_RESULT_AGE_MS = 250;
/** If a probe takes longer, the server is not ready. The next probe does not start before this one has ended. */
const PROBE_TIMEOUT_MS = 1_000;

export interface ReadinessOptions {
  /** The reason why the server is not ready; undefined if it is ready. An exception means not ready, too. */
  readonly probe: () => Promise<string | undefined>;
  /** The reason if the probe throws or times out. */
  readonly unreachable: string;
  readonly log: Log;
  /** A monotonic clock in ms, for tests. */
  readonly now?: () => number;
}

/** Concurrent health checks share a probe; at most four probes per second are started. Logs when the result changes. */
export class ReadinessProbe {
  readonly #options: ReadinessOptions;
  readonly #now: () => number;
  #result: Promise<Readiness> | undefined;
  #isProbing = false;
  #probedAt = 0;
  #lastReason: string | undefined;
  #isDraining = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * The result of the probe in progress, or one up to MAX_RESULT_AGE_MS old. Never rejects; takes at most
   * PROBE_TIMEOUT_MS.
   */
  check(): Promise<Readiness> {
    if (this.#isDraining) return Promise.resolve({ ready: false, reason: 'the server is stopping' });
    const isCurrent = this.#isProbing || this.#now() - this.#probedAt < MAX_RESULT_AGE_MS;
    if (this.#result === undefined || !isCurrent) this.#result = this.#begin();
    return this.#result;
  }

  /** Whether the server is about to stop. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on the server is not ready, whatever the result of the probe. */
  drain(): void {
    this.#isDraining = true;
  }

  async #begin(): Promise<Readiness> {
    this.#isProbing = true;
    const probing = this.#probe().finally(() => {
      this.#isProbing = false;
      this.#probedAt = this.#now();
    });
    const reason = await within(PROBE_TIMEOUT_MS, probing).catch((): Reason => ({ text: this.#options.unreachable }));
    this.#logChange(reason);
    return reason === undefined ? { ready: true } : { ready: false, reason: reason.text };
  }

  async #probe(): Promise<Reason | undefined> {
    try {
      const text = await this.#options.probe();
      return text === undefined ? undefined : { text };
    } catch (err) {
      return { text: this.#options.unreachable, err };
    }
  }

  #logChange(reason: Reason | undefined): void {
    if (reason?.text === this.#lastReason) return;
    this.#lastReason = reason?.text;
    if (reason === undefined) this.#options.log.info('ready');
    else this.#options.log.warn({ reason: reason.text, err: reason.err }, 'not ready');
  }
}

interface Reason {
  readonly text: string;
  readonly err?: unknown;
}
