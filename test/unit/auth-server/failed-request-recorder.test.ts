import { expect, test } from 'vitest';
import type { FailedRequest, FailureCount } from '../../../services/auth-server/domain/app/failed-request-store.ts';
import { FailedRequestRecorder } from '../../../services/auth-server/jobs/failed-request-recorder.ts';
import { JobRuns } from '../../../services/auth-server/jobs/job-runs.ts';
import { createLog } from '../../../services/common/process/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const failure = (fields: Partial<FailedRequest> = {}): FailedRequest => ({
  endpoint: '/oauth/token',
  clientId: 'foapp_a',
  grantType: 'refresh_token',
  error: 'invalid_grant',
  description: 'the refresh token is unknown',
  isAuthenticated: true,
  organizationId: undefined,
  requestId: 'r',
  ...fields,
});

function recording() {
  const clock = new ManualClock();
  const written: FailureCount[] = [];
  const store = {
    add: async (failures: readonly FailureCount[]) => void written.push(...failures),
    listOfApp: async () => [],
  };
  return {
    clock,
    written,
    recorder: new FailedRequestRecorder(store, clock, new JobRuns(clock, createLog('test', 'silent'))),
  };
}

test('counts equal failures of a minute and keeps the request id of the last', async () => {
  const { clock, written, recorder } = recording();
  recorder.record(failure());
  recorder.record(failure({ requestId: 'last' }));
  recorder.record(failure({ error: 'invalid_scope' }));
  clock.advance(60);
  recorder.record(failure());
  await recorder.flush();
  expect(written.map(({ error, count }) => [error, count])).toEqual([
    ['invalid_grant', 2],
    ['invalid_scope', 1],
    ['invalid_grant', 1],
  ]);
  expect(written[0]?.requestId).toBe('last');
});

test('records at most 20 different failures of a client in a minute, also across flushes', async () => {
  const { clock, written, recorder } = recording();
  for (let at = 0; at < 15; at++) recorder.record(failure({ description: `scope ${at}` }));
  await recorder.flush();
  for (let at = 0; at < 100; at++) recorder.record(failure({ description: `scope ${at}` }));
  await recorder.flush();
  expect(new Set(written.map(({ description }) => description)).size).toBe(20);
  clock.advance(60);
  recorder.record(failure({ description: 'scope 100' }));
  await recorder.flush();
  expect(written.at(-1)?.description).toBe('scope 100');
});

test('at most 1,000 client ids with a wrong secret are recorded in a minute; they displace no authenticated client', async () => {
  const { written, recorder } = recording();
  for (let at = 0; at < 5_000; at++) recorder.record(failure({ clientId: `foapp_${at}`, isAuthenticated: false }));
  recorder.record(failure({ clientId: 'foapp_real' }));
  await recorder.flush();
  expect(written).toHaveLength(1_001);
  expect(written.at(-1)?.clientId).toBe('foapp_real');
});

test.each(['\0', 'x'.repeat(65)])('ignores the client id %j, which no app can have', async (clientId) => {
  const { written, recorder } = recording();
  recorder.record(failure({ clientId, isAuthenticated: false }));
  await recorder.flush();
  expect(written).toEqual([]);
});
