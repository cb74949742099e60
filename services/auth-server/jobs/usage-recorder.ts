import type { Clock } from '#common/process/clock.ts';
import type { UsageBuffer } from '../domain/domain.ts';
import type { JobName, JobRuns } from './job-runs.ts';

const MINUTE_MS = 60_000;
const FLUSH_MS = 5_000;
/** Ids in one statement. */
const BATCH = 1_000;
/** Ids recorded per minute; further ones are skipped. Bounds memory to about 40 MB. */
const MAX_IDS = 400_000;

type WriteUsage<Id> = (ids: readonly Id[], lastUsedAt: Date) => Promise<void>;

/**
 * Records when something was last used, at most once per id and minute, in batches and outside of requests. Failed writes
 * are not retried.
 */
export class UsageRecorder<Id> implements UsageBuffer<Id> {
  readonly #job: JobName;
  readonly #write: WriteUsage<Id>;
  readonly #clock: Clock;
  readonly #runs: JobRuns;
  readonly #seen = new Set<Id>();
  #unrecorded: Id[] = [];
  #minute = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(job: JobName, write: WriteUsage<Id>, clock: Clock, runs: JobRuns) {
    this.#job = job;
    this.#write = write;
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

  record(id: Id, expiresAt?: Date): void {
    const now = this.#clock.now();
    if (expiresAt !== undefined && expiresAt.getTime() <= now) return;
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#seen.clear();
    this.#minute = minute;
    if (this.#seen.has(id) || this.#seen.size >= MAX_IDS) return;
    this.#seen.add(id);
    this.#unrecorded.push(id);
  }

  /** Writes the ids recorded since the last flush. */
  async flush(): Promise<void> {
    const lastUsedAt = new Date(this.#clock.now());
    const ids = this.#unrecorded;
    this.#unrecorded = [];
    const write = async () => {
      let failure: unknown;
      for (let at = 0; at < ids.length; at += BATCH) {
        await this.#write(ids.slice(at, at + BATCH), lastUsedAt).catch((error: unknown) => (failure = error));
      }
      if (failure !== undefined) throw failure;
    };
    await this.#runs.run(this.#job, write).catch(() => {});
  }
}
