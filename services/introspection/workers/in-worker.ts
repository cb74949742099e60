import type { Service } from '#common/process/run.ts';
import type { Numbers } from '../metrics.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** A service as a worker of the pool: it says when it is ready, and answers what it has counted. */
export class PooledService implements Service {
  readonly #service: Service & { readonly numbers: Numbers };

  constructor(service: Service & { readonly numbers: Numbers }) {
    this.#service = service;
  }

  async start(): Promise<Record<string, string>> {
    const addresses = await this.#service.start();
    process.on('message', (message: ToWorker) => {
      if (message.kind !== 'measure') return;
      say({ kind: 'measured', question: message.question, numbers: this.#service.numbers });
    });
    say({ kind: 'ready', addresses });
    return addresses;
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }
}

/**
 * Resolves when the pool wants this worker to end. Signals are for the pool alone: a terminal and a process manager send
 * them to the whole group, and the second one would cut off what drains. If the pool is gone, node:cluster ends us.
 */
export function toldToStop(): Promise<string> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
  return new Promise((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'stop') resolve('the pool');
    });
  });
}

const say = (message: FromWorker): void => void process.send?.(message);
