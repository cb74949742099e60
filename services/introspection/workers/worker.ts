import type { Service } from '#common/process/run.ts';
import type { MetricsSnapshot } from '../metrics.ts';
import type { FromWorker, ToWorker } from './worker-process.ts';

/** A service as a worker of the pool: it says when it is ready, and answers what it has counted. */
export function pooled(service: Service & { readonly numbers: MetricsSnapshot }): Service {
  return {
    async start() {
      const addresses = await service.start();
      process.on('message', (message: ToWorker) => {
        if (message.kind === 'measure') say({ kind: 'measured', numbers: service.numbers });
      });
      say({ kind: 'ready', addresses });
      return addresses;
    },
    drain: () => service.drain(),
    stop: () => service.stop(),
  };
}

/**
 * Resolves when the pool wants this worker to end. Signals are for the pool alone: a terminal and a process manager send
 * them to the whole group, and the second one would cut off what drains. If the pool is gone, node:cluster ends us.
 */
export function stopRequested(): Promise<string> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
  return new Promise((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'stop') resolve('the pool');
    });
  });
}

const say = (message: FromWorker): void => void process.send?.(message);
