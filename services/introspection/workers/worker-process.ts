import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { within } from '#common/process/within.ts';
import type { MetricsSnapshot } from '../metrics.ts';

/** What the pool says to a worker. */
export type ToWorker = { readonly kind: 'stop' } | { readonly kind: 'measure' };

/** What a worker says to the pool. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly addresses: Record<string, string> }
  | { readonly kind: 'measured'; readonly numbers: MetricsSnapshot };

/** For a worker to stop once it has drained; it has bounds of its own below this. */
const STOP_MS = 10_000;
/** For its numbers. */
const MEASURE_MS = 1_000;

/** One worker, as the pool sees it. */
export class WorkerProcess {
  /** Resolves with how it ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<Record<string, string>>();
  #measured = Promise.withResolvers<MetricsSnapshot>();
  #measuring: Promise<MetricsSnapshot> | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.ended = once(worker, 'exit').then(([code, signal]) => ({ code, signal }));
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') this.#ready.resolve(message.addresses);
      else this.#measured.resolve(message.numbers);
    });
  }

  /** Resolves when it serves; rejects if it ends before. */
  async ready(): Promise<Record<string, string>> {
    const failed = this.ended.then(({ code, signal }) => {
      throw new Error(`a worker ended before it served: ${signal ?? `code ${code}`}`);
    });
    return await Promise.race([this.#ready.promise, failed]);
  }

  /** What it has counted, one question for all who ask at the same time; rejects if it does not say in time. */
  measure(): Promise<MetricsSnapshot> {
    if (this.#measuring === undefined) {
      this.#measured = Promise.withResolvers();
      this.#say({ kind: 'measure' });
      this.#measuring = within(MEASURE_MS, this.#measured.promise).finally(() => {
        this.#measuring = undefined;
      });
    }
    return this.#measuring;
  }

  /** Lets it drain for `drainMs` and stop; ends it after a bound. */
  async stop(drainMs: number): Promise<void> {
    this.#say({ kind: 'stop' });
    const bound = setTimeout(() => this.#worker.process.kill('SIGKILL'), drainMs + STOP_MS);
    await this.ended;
    clearTimeout(bound);
  }

  #say(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }
}
