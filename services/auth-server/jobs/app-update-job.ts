import type { AppUpdates } from '../domain/app/app-updates.ts';
import type { JobRuns } from './job-runs.ts';

/** How often to look for updates that another server left unfinished. A change on this server wakes the job at once. */
const POLL_MS = 1_000;

/** Runs pending app updates. Every auth-server runs this job; each batch locks its update. */
export class AppUpdateJob {
  readonly #updates: Pick<AppUpdates, 'runBatch'>;
  readonly #runs: JobRuns;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<unknown> | undefined;
  #requested = false;
  #stopped = true;

  constructor(updates: Pick<AppUpdates, 'runBatch'>, runs: JobRuns) {
    this.#updates = updates;
    this.#runs = runs;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** Starts a round now. A round in progress looks for updates again before it ends. */
  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#requested = true;
    this.#round ??= this.#runs
      .run('app_updates', () => this.#runAll())
      .finally(() => {
        this.#round = undefined;
        if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), POLL_MS);
      });
  }

  /** Waits for the batch in progress. Another server, or the next start, resumes after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  async #runAll(): Promise<void> {
    while (this.#requested) {
      this.#requested = false;
      while (!this.#stopped && (await this.#updates.runBatch()));
    }
  }
}
