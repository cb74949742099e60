import { Histograms, type Series } from '#common/observe/histogram.ts';
import { runIn } from '#common/observe/trace-context.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';

/** The jobs of a server, as metrics name them. */
export type JobName =
  | 'invalidation_sweep'
  | 'app_updates'
  | 'retention'
  | 'webhook_dispatch'
  | 'install_usage'
  | 'secret_usage'
  | 'failed_requests';

/** Durations and results of rounds of jobs, and the time of the last success. */
export class JobRuns {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #failing = new Set<JobName>();
  readonly #durations = new Histograms<'job_name' | 'result'>();
  readonly #lastSuccess: Record<string, number> = {};

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Runs one round. Undefined if it failed; the first of several failures in a row is logged. A round that returns false was
   * left to another server, or was stopped.
   */
  async run<T>(job: JobName, round: () => Promise<T>): Promise<T | undefined> {
    this.#lastSuccess[job] ??= 0;
    const startedAt = performance.now();
    let result: 'success' | 'failure' | 'skipped' = 'failure';
    try {
      const returned = await runIn(undefined, round);
      result = returned === false ? 'skipped' : 'success';
      if (result === 'success') this.#lastSuccess[job] = this.#clock.now() / 1_000;
      this.#failing.delete(job);
      return returned;
    } catch (error) {
      if (!this.#failing.has(job)) this.#log.warn({ job, err: error }, 'job failed');
      this.#failing.add(job);
      return undefined;
    } finally {
      this.#durations.of({ job_name: job, result }).observe(performance.now() - startedAt);
    }
  }

  get series(): Series[] {
    return this.#durations.series;
  }

  /** Seconds since 1970 for each job; 0: never. A job that has not started is missing. */
  get lastSuccess(): Readonly<Record<string, number>> {
    return this.#lastSuccess;
  }
}
