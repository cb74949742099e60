import { expect, test, vi } from 'vitest';
import type { InstallId } from '../../../services/auth-server/domain/ids.ts';
import type { DeliveryQueue } from '../../../services/auth-server/domain/webhook/delivery-store.ts';
import type { WebhookDeliverer } from '../../../services/auth-server/domain/webhook/webhook-deliverer.ts';
import { FailedRequestRecorder } from '../../../services/auth-server/jobs/failed-request-recorder.ts';
import { type JobName, JobRuns } from '../../../services/auth-server/jobs/job-runs.ts';
import { UsageRecorder } from '../../../services/auth-server/jobs/usage-recorder.ts';
import { WebhookDispatcher } from '../../../services/auth-server/jobs/webhooks/dispatcher.ts';
import { createLog } from '../../../services/common/process/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const silent = createLog('test', 'silent');

test('only a completed round counts as a success', async () => {
  const clock = new ManualClock();
  const runs = new JobRuns(clock, silent);
  const failing = () => Promise.reject(new Error('no database'));
  expect(await runs.run('retention', failing)).toBeUndefined();
  expect(await runs.run('retention', async () => false)).toBe(false);
  expect(runs.lastSuccess).toEqual({ retention: 0 });
  expect(await runs.run('retention', async () => true)).toBe(true);
  expect(runs.lastSuccess).toEqual({ retention: clock.now() / 1_000 });
  expect(runs.series.map(({ labels }) => labels['result'])).toEqual(['failure', 'skipped', 'success']);
});

test('the first of several failures of a job in a row is logged, and the first after a success', async () => {
  const log = createLog('test', 'silent');
  const warn = vi.spyOn(log, 'warn');
  const runs = new JobRuns(new ManualClock(), log);
  const fail = (job: JobName, reason: string) => runs.run(job, () => Promise.reject(new Error(reason)));
  await fail('retention', 'first');
  await fail('retention', 'second');
  await fail('app_updates', 'another job');
  await runs.run('retention', async () => true);
  await fail('retention', 'third');
  const logged = warn.mock.calls.map(([fields]) => fields as unknown as { job: string; err: Error });
  expect(logged.map(({ job, err }) => [job, err.message])).toEqual([
    ['retention', 'first'],
    ['app_updates', 'another job'],
    ['retention', 'third'],
  ]);
});

test('a round of the dispatcher without due deliveries counts as a success', async () => {
  const clock = new ManualClock();
  const runs = new JobRuns(clock, silent);
  const queue = { claim: async () => [] } as unknown as DeliveryQueue;
  const deliverer = {} as WebhookDeliverer;
  const dispatcher = new WebhookDispatcher({ queue, deliverer, clock, runs, concurrency: 1 });
  dispatcher.start();
  await expect.poll(() => runs.series).not.toEqual([]);
  await dispatcher.stop();
  expect(runs.lastSuccess).toEqual({ webhook_dispatch: clock.now() / 1_000 });
});

test('a flush without recorded usage counts as a success; a failed batch does not stop the next one', async () => {
  const { recorder, recordUsage, runs, clock, record } = usageRecorder();
  await recorder.flush();
  expect(runs.lastSuccess).toEqual({ install_usage: clock.now() / 1_000 });
  record(2_000);
  recordUsage.mockRejectedValueOnce(new Error('no database'));
  await recorder.flush(1);
  expect(recordUsage.mock.calls.length).toBeGreaterThan(1);
  expect(runs.series.map(({ labels }) => labels['result'])).toEqual(['success', 'failure']);
});

test('half of the usage recorded in a burst is written within 8 flushes, all within 36, with the times of use', async () => {
  const { recorder, recordUsage, clock, record } = usageRecorder();
  const usedAt = new Date(clock.now());
  record(36_000);
  await recorder.flush();
  const written = () => recordUsage.mock.calls.reduce((sum, [ids]) => sum + ids.length, 0);
  expect(written()).toBe(3_000);
  clock.advance(30);
  for (let flushes = 1; flushes < 8; flushes++) await recorder.flush();
  expect(written()).toBeGreaterThanOrEqual(18_000);
  for (let flushes = 8; flushes < 36; flushes++) await recorder.flush();
  expect(written()).toBe(36_000);
  for (const [, lastUsedAt] of recordUsage.mock.calls) expect(lastUsedAt).toEqual(usedAt);
});

test('a flush writes the usage of all minutes if it is little', async () => {
  const { recorder, recordUsage, clock, record } = usageRecorder();
  for (let minute = 0; minute < 10; minute++) {
    record(1);
    clock.advance(60);
  }
  await recorder.flush();
  expect(recordUsage).toHaveBeenCalledTimes(10);
});

test.for([
  ['usage', usageWrittenSlowly],
  ['failed requests', failuresWrittenSlowly],
] as const)('stopping waits for a flush of %s that is in progress', async ([, setUp]) => {
  const write = Promise.withResolvers<void>();
  const recorder = setUp(write.promise);
  void recorder.flush();
  let isStopped = false;
  const stopped = recorder.stop().then(() => (isStopped = true));
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  write.resolve();
  expect(await stopped).toBe(true);
});

test('usage is skipped while 400,000 ids wait to be written', async () => {
  const { recorder, recordUsage, clock, record } = usageRecorder();
  const write = Promise.withResolvers<void>();
  recordUsage.mockReturnValueOnce(write.promise);
  record(400_000);
  const flushed = recorder.flush(1);
  clock.advance(60);
  record(1);
  write.resolve();
  await flushed;
  await recorder.flush(1);
  expect(recordUsage).toHaveBeenCalledTimes(400);
  record(1);
  await recorder.flush(1);
  expect(recordUsage).toHaveBeenCalledTimes(401);
});

test('usage of different minutes is written with times of those minutes', async () => {
  const { recorder, recordUsage, clock, record } = usageRecorder();
  const begin = clock.now();
  record(1);
  clock.advance(60);
  record(1);
  await recorder.flush(1);
  expect(recordUsage.mock.calls.map(([, lastUsedAt]) => lastUsedAt.getTime() - begin)).toEqual([0, 60_000]);
});

function usageRecorder() {
  const clock = new ManualClock();
  const runs = new JobRuns(clock, silent);
  const recordUsage = vi.fn(async (_ids: readonly InstallId[], _lastUsedAt: Date) => {});
  const recorder = new UsageRecorder<InstallId>('install_usage', recordUsage, clock, runs);
  const record = (count: number) => {
    for (let id = 0; id < count; id++) recorder.record(String(id) as InstallId, new Date(clock.now() + 1));
  };
  return { recorder, recordUsage, runs, clock, record };
}

/** A recorder with usage, the first write of which ends when `written` is resolved. */
function usageWrittenSlowly(written: Promise<void>) {
  const { recorder, recordUsage, record } = usageRecorder();
  record(1);
  recordUsage.mockReturnValueOnce(written);
  return recorder;
}

/** The same with a failed request. */
function failuresWrittenSlowly(written: Promise<void>) {
  const clock = new ManualClock();
  const store = { add: () => written, listOfApp: async () => [] };
  const recorder = new FailedRequestRecorder(store, clock, new JobRuns(clock, silent));
  recorder.record({
    endpoint: '/oauth/token',
    clientId: 'foapp_a',
    grantType: 'refresh_token',
    error: 'invalid_grant',
    description: '',
    isAuthenticated: true,
    organizationId: undefined,
    requestId: 'r',
  });
  return recorder;
}
