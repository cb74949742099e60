import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { within } from '#common/process/within.ts';
import type { Numbers } from '../metrics.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** For a worker to drain; it has bounds of its own below this. */
const STOP_MS = 10_000;
/** For its numbers. */
const MEASURE_MS = 1_000;

/** One worker, as the pool sees it. */
export class WorkerProcess {
  /** Resolves with how it ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly #worker: Worker;
  readonly #ready: Promise<Record<string, string>>;
  readonly #measuring = new Map<number, (numbers: Numbers) => void>();
  #questions = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.ended = once(worker, 'exit').then(([code, signal]) => ({ code, signal }));
    this.#ready = new Promise((resolve) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve(message.addresses);
        else this.#measuring.get(message.question)?.(message.numbers);
      });
    });
  }

  /** Resolves when it serves; rejects if it ends before. */
  async ready(): Promise<Record<string, string>> {
    const failed = this.ended.then(({ code, signal }) => {
      throw new Error(`a worker ended before it served: ${signal ?? `code ${code}`}`);
    });
    return await Promise.race([this.#ready, failed]);
  }

  /** What it has counted; rejects if it does not say in time. */
  async measure(): Promise<Numbers> {
    const question = this.#questions++;
    const measured = new Promise<Numbers>((resolve) => this.#measuring.set(question, resolve));
    this.#say({ kind: 'measure', question });
    return await within(MEASURE_MS, measured).finally(() => this.#measuring.delete(question));
  }

  /** Lets it drain; ends it after a bound. */
  async stop(): Promise<void> {
    this.#say({ kind: 'stop' });
    const bound = setTimeout(() => this.#worker.process.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(bound);
  }

  #say(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }
}
