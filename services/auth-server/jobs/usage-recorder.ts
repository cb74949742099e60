import type { Clock } from '#common/process/clock.ts';
import type { UsageBuffer } from '../domain/domain.ts';
import type { JobName, JobRuns } from './job-runs.ts';

const MINUTE_MS = 60_000;
const FLUSH_MS = 5_000;
/**
 * The share of the recorded ids that one flush writes. It spreads a burst, as after a cold start of the cache: half within
 * 40 s, all within minutes.
 */
const FLUSHED_SHARE = FLUSH_MS / MINUTE_MS;
/** Maximum ids in one statement, and the minimum that a flush writes if there are as many. */
const MAX_BATCH = 1_000;
/** Ids recorded per minute, and ids that are not written yet; further ones are skipped. Bounds memory to about 80 MB. */
const MAX_IDS = 400_000;

type WriteUsage<Id> = (ids: readonly Id[], lastUsedAt: Date) => Promise<void>;

interface Batch<Id> {
  /** When the first of its ids was used; the others were used in the same minute. */
  readonly usedAt: Date;
  readonly ids: Id[];
}

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
  /** The oldest first; all but the last one of a minute are full. */
  readonly #batches: Batch<Id>[] = [];
  /** Ids in #batches and in flushes that have not ended. */
  #unwritten = 0;
  #minute = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushed = Promise.resolve();

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
    await this.flush(1);
  }

  record(id: Id, expiresAt?: Date): void {
    const now = this.#clock.now();
    if (expiresAt !== undefined && expiresAt.getTime() <= now) return;
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#seen.clear();
    this.#minute = minute;
    if (this.#seen.has(id) || this.#seen.size >= MAX_IDS || this.#unwritten >= MAX_IDS) return;
    this.#seen.add(id);
    this.#unwritten++;
    const last = this.#batches.at(-1);
    const isOfMinute = last !== undefined && Math.floor(last.usedAt.getTime() / MINUTE_MS) === minute;
    if (isOfMinute && last.ids.length < MAX_BATCH) last.ids.push(id);
    else this.#batches.push({ usedAt: new Date(now), ids: [id] });
  }

  /** Writes the oldest batches, after a flush in progress: a share of the recorded ids, at least MAX_BATCH. */
  async flush(share = FLUSHED_SHARE): Promise<void> {
    const recorded = this.#batches.reduce((sum, { ids }) => sum + ids.length, 0);
    const batches = this.#take(Math.max(MAX_BATCH, recorded * share));
    const write = async () => {
      let failure: unknown;
      for (const { ids, usedAt } of batches) {
        await this.#write(ids, usedAt).catch((error: unknown) => (failure = error));
        this.#unwritten -= ids.length;
      }
      if (failure !== undefined) throw failure;
    };
    this.#flushed = this.#flushed.then(() => this.#runs.run(this.#job, write));
    await this.#flushed;
  }

  /** Removes and returns the oldest batches: as many as have `count` ids together, or all. */
  #take(count: number): Batch<Id>[] {
    const taken: Batch<Id>[] = [];
    for (let ids = 0; ids < count; ) {
      const batch = this.#batches.shift();
      if (batch === undefined) break;
      taken.push(batch);
      ids += batch.ids.length;
    }
    return taken;
  }
}
