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
    const { drainMs } = config;
    const log = createLog('introspection', config.logLevel);
    if (cluster.worker !== undefined) {
      const workerLog = log.child({ worker: cluster.worker.id });
      return { log: workerLog, service: pooled(new Introspection(config, workerLog)), drainMs };
    }
    if (config.workers === 1) return { log, service: new Introspection(config, log), drainMs };
    // 0: the workers drain when the pool stops.
    return { log, service: new WorkerPool(config, log), drainMs: 0 };
  },
  cluster.isWorker ? stopRequested() : firstSignal(),
);
