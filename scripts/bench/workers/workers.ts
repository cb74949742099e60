import { join } from 'node:path';
import type { Job, Report } from '../load/job.ts';
import type { CommitJob, CommitReport } from './commit-loop.ts';
import type { GatewayJob, GatewayReport } from './gateway-calls.ts';
import { WorkerProcess } from './worker-process.ts';

export type LoadGenerator = WorkerProcess<Job, Report>;

export const startLoadGenerator = (): LoadGenerator => new WorkerProcess(fileOf('load-generator.ts'));

export const startCommitLoop = (): WorkerProcess<CommitJob, CommitReport> =>
  new WorkerProcess(fileOf('commit-loop.ts'));

export const startGatewayCalls = (): WorkerProcess<GatewayJob, GatewayReport> =>
  new WorkerProcess(fileOf('gateway-calls.ts'));

const fileOf = (name: string): string => join(import.meta.dirname, name);
