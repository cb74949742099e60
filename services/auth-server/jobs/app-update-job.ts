import type { Log } from '#common/process/log.ts';
import type { AppUpdates } from '../domain/app/app-updates.ts';

/** Finds what a server that died has left; a change of this server wakes the job at once. */
const POLL_MS = 1_000;

/** Works off the pending updates of apps. Every auth-server runs one; each takes what no other has taken. */
export class AppUpdateJob {
  readonly #updates: Pick<AppUpdates, 'runBatch'>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #requested = false;
  #stopped = true;
  #failing = false;

  constructor(updates: Pick<AppUpdates, 'runBatch'>, log: Log) {
    this.#updates = updates;
    this.#log = log;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** Begins to work now, or goes on once more when the current round ends. */
  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#requested = true;
    this.#round ??= this.#run().finally(() => {
      this.#round = undefined;
      if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), POLL_MS);
    });
  }

  /** Waits for the batch in progress; other servers, or the next start, go on from there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  async #run(): Promise<void> {
    try {
      while (this.#requested) {
        this.#requested = false;
        while (!this.#stopped && (await this.#updates.runBatch()));
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'installs of changed apps cannot be updated; trying again');
      this.#failing = true;
    }
  }
}
