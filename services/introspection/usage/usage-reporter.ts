import type { Clock } from '#common/process/clock.ts';
import { installIdOf } from './install-id.ts';

/** Takes what was used; may fail, then it is lost. */
export interface UsageSink {
  reportUsage(installIds: readonly string[], lastUsedAt: Date): Promise<void>;
}

const MINUTE_MS = 60_000;
const FLUSH_MS = 5_000;
/** Reports that auth-server takes at once. */
const BATCH = 1_000;
/** Installs noted in one minute; more are not reported in it. Bounds memory to some 20 MB. */
const MOST_INSTALLS = 200_000;

/**
 * Tells auth-server when installs were last used, for `last_used_at`: at most once an install and minute, in batches,
 * beside the answers. A report that fails is dropped: the next minute brings another.
 */
export class UsageReporter {
  readonly #sink: UsageSink;
  readonly #clock: Clock;
  readonly #seen = new Set<string>();
  #unreported: string[] = [];
  #minute = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(sink: UsageSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Notes that this answer was given. */
  note(answer: Uint8Array): void {
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    if (minute !== this.#minute) this.#seen.clear();
    this.#minute = minute;
    const installId = installIdOf(answer);
    if (installId === undefined || this.#seen.has(installId) || this.#seen.size >= MOST_INSTALLS) return;
    this.#seen.add(installId);
    this.#unreported.push(installId);
  }

  /** Sends what was noted since the last time. */
  async flush(): Promise<void> {
    const lastUsedAt = new Date(this.#clock.now());
    const installIds = this.#unreported;
    this.#unreported = [];
    for (let at = 0; at < installIds.length; at += BATCH) {
      await this.#sink.reportUsage(installIds.slice(at, at + BATCH), lastUsedAt).catch(() => {});
    }
  }
}
