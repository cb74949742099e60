import type { Clock } from '#common/process/clock.ts';
import type { UsageBuffer } from '../domain/domain.ts';
import type { InstallId } from '../domain/ids.ts';
import type { InstallStore } from '../domain/install/install-store.ts';
import type { JobRuns } from './job-runs.ts';

const MINUTE_MS = 60_000;
const FLUSH_MS = 5_000;
/** Installs in one statement. */
const BATCH = 1_000;
/** Installs recorded per minute; further ones are skipped. Bounds memory to about 40 MB. */
const MAX_INSTALLS = 400_000;

/**
 * Records `last_used_at` of installs, at most once per install and minute, in batches and outside of requests. A lookup
 * counts as use, because introspection looks up every token in use about once a minute. Failed writes are not retried.
 */
export class UsageRecorder implements UsageBuffer {
  readonly #installs: Pick<InstallStore, 'recordUsage'>;
  readonly #clock: Clock;
  readonly #runs: JobRuns;
  readonly #seen = new Set<InstallId>();
  #unrecorded: InstallId[] = [];
  #minute = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(installs: Pick<InstallStore, 'recordUsage'>, clock: Clock, runs: JobRuns) {
    this.#installs = installs;
    this.#clock = clock;
    this.#runs = runs;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  record(installId: InstallId, expiresAt: Date): void {
    const now = this.#clock.now();
    if (expiresAt.getTime() <= now) return;
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#seen.clear();
    this.#minute = minute;
    if (this.#seen.has(installId) || this.#seen.size >= MAX_INSTALLS) return;
    this.#seen.add(installId);
    this.#unrecorded.push(installId);
  }

  /** Writes the installs recorded since the last flush. */
  async flush(): Promise<void> {
    const lastUsedAt = new Date(this.#clock.now());
    const installIds = this.#unrecorded;
    this.#unrecorded = [];
    const write = async () => {
      let failure: unknown;
      for (let at = 0; at < installIds.length; at += BATCH) {
        const batch = installIds.slice(at, at + BATCH);
        await this.#installs.recordUsage(batch, lastUsedAt).catch((error: unknown) => (failure = error));
      }
      if (failure !== undefined) throw failure;
    };
    await this.#runs.run('usage', write).catch(() => {});
  }
}
