import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { withDescendants } from './process-tree.ts';

const run = promisify(execFile);

/** Pins processes and their descendants: those under measurement, one at a time, use the first core; all others use the rest. */
export class Cores {
  readonly #count = availableParallelism();
  #isPinning = false;

  /** Moves this process, and what it starts later, off the server's core. Returns a line that describes the placement. */
  async leaveServerCore(): Promise<string> {
    if (this.#count < 2) return 'not pinned: there is only one core';
    try {
      await assign(process.pid, this.#others);
    } catch (error) {
      return `not pinned: ${(error as Error).message.trim().replaceAll('\n', ' ')}`;
    }
    this.#isPinning = true;
    return 'server on core 0, load and the rest on the others';
  }

  /** Moves processes to the first core, to be measured. */
  async toServerCore(pids: readonly number[]): Promise<void> {
    await this.#assignAll(pids, '0');
  }

  async toOtherCores(pids: readonly number[]): Promise<void> {
    await this.#assignAll(pids, this.#others);
  }

  /** Lets processes run on all cores. */
  async toAllCores(pids: readonly number[]): Promise<void> {
    await this.#assignAll(pids, `0-${this.#count - 1}`);
  }

  get #others(): string {
    return `1-${this.#count - 1}`;
  }

  async #assignAll(pids: readonly number[], cores: string): Promise<void> {
    if (!this.#isPinning) return;
    for (const pid of withDescendants(pids)) {
      await assign(pid, cores).catch((error) => {
        if (existsSync(`/proc/${pid}`)) throw error; // otherwise it has ended
      });
    }
  }
}

/** Pins all threads of the process. Threads that it starts later inherit this. */
async function assign(pid: number, cores: string): Promise<void> {
  await run('taskset', ['-acp', cores, String(pid)]);
}
