import { join } from 'node:path';
import type { Job, Report } from '../load/job.ts';
import type { ReplayJob } from './bare-loop.ts';
import type { GatewayJob, GatewayReport } from './gateway-calls.ts';
import { WorkerProcess } from './worker-process.ts';

export type LoadGenerator = WorkerProcess<Job, Report>;

export const startLoadGenerator = (): LoadGenerator => new WorkerProcess(fileOf('load-generator.ts'));

/** Sends statements and does nothing else; a job comes to the seconds that it took. */
export const startBareLoop = (): WorkerProcess<ReplayJob, number> => new WorkerProcess(fileOf('bare-loop.ts'));

export const startGatewayCalls = (): WorkerProcess<GatewayJob, GatewayReport> =>
  new WorkerProcess(fileOf('gateway-calls.ts'));

const fileOf = (name: string): string => join(import.meta.dirname, name);
