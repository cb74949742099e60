import type { Service } from '#common/process/run.ts';
import type { MetricsSnapshot } from '../metrics.ts';
import type { FromWorker, ToWorker } from './worker-process.ts';

/** Runs a service as a worker of the pool: reports when it is ready and, on request, its metrics. */
export function pooled(service: Service & { readonly metrics: MetricsSnapshot }): Service {
  return {
    async start() {
      const addresses = await service.start();
      process.on('message', (message: ToWorker) => {
        if (message.kind === 'measure') send({ kind: 'measured', metrics: service.metrics });
      });
      send({ kind: 'ready', addresses });
      return addresses;
    },
    drain: () => service.drain(),
    stop: () => service.stop(),
  };
}

/**
 * Resolves when the pool stops this worker. Ignores signals, which terminals and supervisors send to the whole process group:
 * the pool handles them. node:cluster ends the worker if the pool is gone.
 */
export function stopRequested(): Promise<string> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
  return new Promise((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'stop') resolve('stopped by the worker pool');
    });
  });
}

const send = (message: FromWorker): void => void process.send?.(message);
