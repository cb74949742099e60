import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { countRefresh } from '../../../services/auth-server/domain/token/grants/refresh-limit.ts';

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000);
const limited = (retryAfterSeconds: number) => ({ reason: ErrorReason.RATE_LIMITED, extras: { retryAfterSeconds } });

test('counts refreshes until a minute after the start of the window; the next one starts a new window', () => {
  const first = countRefresh({ windowStartedAt: at(0), windowRefreshes: 0 }, 2, at(10));
  expect(first).toEqual({ windowStartedAt: at(0), windowRefreshes: 1 });
  const second = countRefresh(first, 2, at(20));
  expect(second).toEqual({ windowStartedAt: at(0), windowRefreshes: 2 });
  expect(() => countRefresh(second, 2, at(59.5))).toThrow(expect.objectContaining(limited(1)));
  expect(countRefresh(second, 2, at(60))).toEqual({ windowStartedAt: at(60), windowRefreshes: 1 });
});

test('0 means no limit', () => {
  expect(countRefresh({ windowStartedAt: at(0), windowRefreshes: 1_000 }, 0, at(1)).windowRefreshes).toBe(1_001);
});

test('the retry delay is at most a minute, even if the clock of another server is ahead', () => {
  expect(() => countRefresh({ windowStartedAt: at(300), windowRefreshes: 2 }, 2, at(0))).toThrow(
    expect.objectContaining(limited(60)),
  );
});
