import type { Log } from './log.ts';

/** Whether a server can do its work, and if not, why; the reason is shown to anyone who asks. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** For how long an answer stands. Callers of health checks are many. */
const REFRESH_MS = 250;
/** A probe that takes longer counts as a no until it ends. No second one is started meanwhile. */
const PATIENCE_MS = 1_000;

export interface ReadinessOptions {
  /** The reason why the server is not ready; undefined if it is. Must end by itself. A throw is a no, too. */
  readonly probe: () => Promise<string | undefined>;
  /** The reason where the probe throws or takes too long. */
  readonly unreachable: string;
  readonly log: Log;
  /** Monotonic, in ms; tests own it. */
  readonly now?: () => number;
}

/** One probe for everybody who asks: at most four a second, however many calls there are. Logs each change. */
export class ReadinessProbe {
  readonly #options: ReadinessOptions;
  readonly #now: () => number;
  #answer: Promise<Readiness> | undefined;
  #isProbing = false;
  #answeredAt = 0;
  #lastReason: string | undefined;
  #isDraining = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** At most a quarter of a second old. Never rejects, and takes a second at most. */
  check(): Promise<Readiness> {
    if (this.#isDraining) return Promise.resolve({ ready: false, reason: 'the server is about to stop' });
    const isCurrent = this.#isProbing || this.#now() - this.#answeredAt < REFRESH_MS;
    if (this.#answer === undefined || !isCurrent) this.#answer = this.#begin();
    return this.#answer;
  }

  /** Not ready from now on, whatever the probe says. */
  drain(): void {
    this.#isDraining = true;
  }

  async #begin(): Promise<Readiness> {
    this.#isProbing = true;
    const probing = this.#probe().finally(() => {
      this.#isProbing = false;
      this.#answeredAt = this.#now();
    });
    const reason = await this.#unlessLate(probing);
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

  async #unlessLate(probing: Promise<Reason | undefined>): Promise<Reason | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Reason>((resolve) => {
      timer = setTimeout(() => resolve({ text: this.#options.unreachable }), PATIENCE_MS);
    });
    try {
      return await Promise.race([probing, late]);
    } finally {
      clearTimeout(timer);
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
