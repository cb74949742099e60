import { expect, onTestFinished, test, vi } from 'vitest';
import { ReadinessProbe } from '../../../services/auth-server/readiness.ts';
import { recordingLog } from '../common/recording-log.ts';

const UNREACHABLE = 'the database cannot be reached';

function probeOf(probe: () => Promise<string | undefined>) {
  const time = { now: 1_000 };
  const { lines, log } = recordingLog();
  return { time, lines, readiness: new ReadinessProbe({ probe, unreachable: UNREACHABLE, log, now: () => time.now }) };
}

test('calls within a quarter of a second share one probe', async () => {
  const probe = vi.fn(async () => undefined);
  const { time, readiness } = probeOf(probe);
  const results = await Promise.all(Array.from({ length: 500 }, () => readiness.check()));
  expect(new Set(results)).toEqual(new Set([{ ready: true }]));
  time.now += 249;
  await readiness.check();
  expect(probe).toHaveBeenCalledTimes(1);
  time.now += 1;
  await readiness.check();
  expect(probe).toHaveBeenCalledTimes(2);
});

test('the reason for not being ready is returned each time, and logged only when it changes', async () => {
  const reasons = [undefined, 'standby', 'standby', undefined];
  const { time, lines, readiness } = probeOf(async () => reasons.shift());
  const results = [];
  for (let call = 0; call < 4; call++) {
    results.push(await readiness.check());
    time.now += 250;
  }
  const notReady = { ready: false, reason: 'standby' };
  expect(results).toEqual([{ ready: true }, notReady, notReady, { ready: true }]);
  expect(lines).toMatchObject([{ msg: 'not ready', reason: 'standby' }, { msg: 'ready' }]);
});

test('a draining server is not ready, even if the probe succeeds', async () => {
  const probe = vi.fn(async () => undefined);
  const { readiness } = probeOf(probe);
  expect(await readiness.check()).toEqual({ ready: true });
  readiness.drain();
  expect(await readiness.check()).toEqual({ ready: false, reason: 'the server is stopping' });
});

test('the error of a failed probe is logged and not returned to callers', async () => {
  const { lines, readiness } = probeOf(() => Promise.reject(new Error('canary')));
  expect(await readiness.check()).toEqual({ ready: false, reason: UNREACHABLE });
  expect(lines).toMatchObject([{ msg: 'not ready', reason: UNREACHABLE, err: { message: 'canary' } }]);
});

test('a hanging probe means not ready, and no other one starts before it has ended', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const probe = vi.fn(() => promise);
  const { time, readiness } = probeOf(probe);
  const first = readiness.check();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await first).toEqual({ ready: false, reason: UNREACHABLE });
  time.now += 5_000;
  expect(await readiness.check()).toEqual({ ready: false, reason: UNREACHABLE });
  expect(probe).toHaveBeenCalledTimes(1);
  resolve(undefined);
  await vi.advanceTimersByTimeAsync(0);
  time.now += 250;
  expect(await readiness.check()).toEqual({ ready: true });
});
