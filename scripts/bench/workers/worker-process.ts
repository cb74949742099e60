import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Outcome } from './serve-jobs.ts';

/** Standard output is only for the figures. */
const TO_STDERR: StdioOptions = ['ignore', 2, 2, 'ipc'];

/** A file that calls serveJobs(), in its own process, so that it does not share an event loop with the bench. */
export class WorkerProcess<Job extends object, Result> {
  readonly #child: ChildProcess;

  constructor(file: string) {
    // Preserves Date and Buffer objects.
    this.#child = fork(file, { stdio: TO_STDERR, serialization: 'advanced' });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Runs one job; jobs must not overlap. */
  async run(job: Job): Promise<Result> {
    this.#child.send(job);
    const outcome = await this.#outcome();
    if ('result' in outcome) return outcome.result;
    throw new Error(outcome.error);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #outcome(): Promise<Outcome<Result>> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      const [outcome] = await Promise.race([
        once(this.#child, 'message', { signal }),
        once(this.#child, 'exit', { signal }).then(() => Promise.reject(new Error('the worker process has ended'))),
      ]);
      return outcome;
    } finally {
      settled.abort();
    }
  }
}
