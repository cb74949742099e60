/** The load generator's process: one job after another, told by its parent; ends with it. */
import type { Job, Report } from './job.ts';
import { runJob } from './run-job.ts';

export type Outcome = { readonly report: Report } | { readonly error: string };

const send = (outcome: Outcome): void => void process.send?.(outcome);

process.on('disconnect', () => process.exit());
process.on('message', (job: Job) => {
  runJob(job).then(
    (report) => send({ report }),
    (error: Error) => send({ error: error.message }),
  );
});
