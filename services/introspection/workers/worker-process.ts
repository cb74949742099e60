import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { within } from '#common/process/within.ts';
import type { MetricsSnapshot } from '../metrics.ts';

/** Messages of the pool to a worker. */
export type ToWorker = { readonly kind: 'stop' } | { readonly kind: 'measure' };

/** Messages of a worker to the pool. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly addresses: Record<string, string> }
  | { readonly kind: 'measured'; readonly metrics: MetricsSnapshot };

/** How long a drained worker may take to stop; its own timeouts are shorter. */
const STOP_TIMEOUT_MS = 20_000;
/** How long a worker may take to report its metrics. */
const MEASURE_TIMEOUT_MS = 1_000;

/** A worker as the pool sees it. */
export class WorkerProcess {
  /** Resolves when the worker has exited. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<Record<string, string>>();
  #measured = Promise.withResolvers<MetricsSnapshot>();
  #measuring: Promise<MetricsSnapshot> | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.exited = once(worker, 'exit').then(([code, signal]) => ({ code, signal }));
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') this.#ready.resolve(message.addresses);
      else this.#measured.resolve(message.metrics);
    });
  }

  /** Resolves with its addresses when it serves; rejects if it exits first. */
  async ready(): Promise<Record<string, string>> {
    const failed = this.exited.then(({ code, signal }) => {
      throw new Error(`worker exited before it was ready: ${signal ?? `code ${code}`}`);
    });
    return await Promise.race([this.#ready.promise, failed]);
  }

  /** Its metrics; concurrent calls share one message. Rejects if it does not reply in time. */
  measure(): Promise<MetricsSnapshot> {
    if (this.#measuring === undefined) {
      this.#measured = Promise.withResolvers();
      this.#send({ kind: 'measure' });
      this.#measuring = within(MEASURE_TIMEOUT_MS, this.#measured.promise).finally(() => {
        this.#measuring = undefined;
      });
    }
    return this.#measuring;
  }

  /** Tells it to drain, for the `drainMs` of its own configuration, and to stop. Kills it STOP_TIMEOUT_MS after that time. */
  async stop(drainMs: number): Promise<void> {
    this.#send({ kind: 'stop' });
    const killTimer = setTimeout(() => this.#worker.process.kill('SIGKILL'), drainMs + STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(killTimer);
  }

  #send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }
}
