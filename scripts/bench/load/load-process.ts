import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Outcome } from './generator.ts';
import type { Job, Report } from './job.ts';

/** The load generator as a process of its own, so that it neither waits for us nor makes the measured server wait. */
export class LoadProcess {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'generator.ts'));

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Runs one job; jobs must not overlap. */
  async run(job: Job): Promise<Report> {
    this.#child.send(job);
    const outcome = await this.#outcome();
    if ('report' in outcome) return outcome.report;
    throw new Error(`load on port ${job.target.port}${job.target.path}: ${outcome.error}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #outcome(): Promise<Outcome> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      const [outcome] = await Promise.race([
        once(this.#child, 'message', { signal }),
        once(this.#child, 'exit', { signal }).then(() => Promise.reject(new Error('the load generator has ended'))),
      ]);
      return outcome;
    } finally {
      settled.abort();
    }
  }
}
