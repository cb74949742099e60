import { expect, test } from 'vitest';
import { JobRuns } from '../../../services/auth-server/jobs/job-runs.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('only a round that has done its work counts as a success', async () => {
  const clock = new ManualClock();
  const runs = new JobRuns(clock);
  const failing = () => Promise.reject(new Error('no database'));
  await expect(runs.run('retention', failing)).rejects.toThrow('no database');
  expect(await runs.run('retention', async () => false)).toBe(false);
  expect(runs.lastSuccess).toEqual({ retention: 0 });
  expect(await runs.run('retention', async () => true)).toBe(true);
  expect(runs.lastSuccess).toEqual({ retention: clock.now() / 1_000 });
  expect(runs.series.map(({ labels }) => labels['result'])).toEqual(['failure', 'skipped', 'success']);
});
