import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ReplayJob, ReplayOutcome } from './replay-loop.ts';

/** The process of the bare loop, as its parent has it. */
export class Replayer {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'replay-loop.ts'), { serialization: 'advanced' });

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Runs all requests, so many at a time, and returns the seconds that it took. */
  async run(job: ReplayJob): Promise<number> {
    this.#child.send(job);
    const [outcome] = (await once(this.#child, 'message')) as [ReplayOutcome];
    if ('error' in outcome) throw new Error(`the bare loop failed: ${outcome.error}`);
    return outcome.seconds;
  }

  stop(): void {
    this.#child.disconnect();
  }
}
