import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppUpdateJob } from '../../../services/auth-server/jobs/app-update-job.ts';
import { JobRuns } from '../../../services/auth-server/jobs/job-runs.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import { createLog } from '../../../services/common/process/log.ts';

const runs = new JobRuns(systemClock, createLog('test', 'silent'));
const POLL_MS = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A job, and in `work` its pending batches, which a test can change, and the number of calls of runBatch. */
function jobOf(batches: number, fail = false) {
  const work = { left: batches, calls: 0, fail };
  const runBatch = async () => {
    work.calls++;
    if (work.fail) throw new Error('no database');
    return work.left-- > 0;
  };
  return { work, job: new AppUpdateJob({ runBatch }, runs) };
}

test('updates what is pending at the start, and at once when woken', async () => {
  const { work, job } = jobOf(3);
  job.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(work.calls).toBe(4);
  work.left = 1;
  job.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(work.calls).toBe(6);
  await job.stop();
});

test('a wake during a round is not lost', async () => {
  const { work, job } = jobOf(0);
  job.start();
  job.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(work.calls).toBe(2);
  await job.stop();
});

test('polls for updates of other servers, and retries after a failure', async () => {
  const { work, job } = jobOf(0, true);
  job.start();
  await vi.advanceTimersByTimeAsync(0);
  work.fail = false;
  work.left = 2;
  await vi.advanceTimersByTimeAsync(POLL_MS);
  expect(work.calls).toBe(4);
  await job.stop();
});

test('does nothing after it was stopped', async () => {
  const { work, job } = jobOf(0);
  job.start();
  await job.stop();
  const { calls } = work;
  job.wake();
  await vi.advanceTimersByTimeAsync(10 * POLL_MS);
  expect(work.calls).toBe(calls);
});
