import cluster from 'node:cluster';
import { createLog } from '#common/process/log.ts';
import { firstSignal, runService } from '#common/process/run.ts';
import { readConfig } from './config.ts';
import { Introspection } from './server.ts';
import { pooled, stopRequested } from './workers/worker.ts';
import { WorkerPool } from './workers/worker-pool.ts';

await runService(
  () => {
    const config = readConfig();
    const log = createLog('introspection', config.logLevel);
    if (cluster.worker !== undefined) {
      const ofWorker = log.child({ worker: cluster.worker.id });
      return { log: ofWorker, service: pooled(new Introspection(config, ofWorker)) };
    }
    return { log, service: config.workers === 1 ? new Introspection(config, log) : new WorkerPool(config, log) };
  },
  cluster.isWorker ? stopRequested() : firstSignal(),
);
