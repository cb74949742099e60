import type { Job, Report } from '../load/job.ts';
import { runJob } from '../load/run-job.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs<Job, Report>(runJob);
