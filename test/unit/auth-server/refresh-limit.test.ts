import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { countRefresh } from '../../../services/auth-server/domain/token/refresh-limit.ts';

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000);
const limited = (retryAfterSeconds: number) => ({ reason: ErrorReason.RATE_LIMITED, extras: { retryAfterSeconds } });

test('refreshes of a minute are counted from its first one', () => {
  const first = countRefresh({ startedAt: at(0), refreshes: 0 }, 2, at(10));
  expect(first).toEqual({ startedAt: at(0), refreshes: 1 });
  const second = countRefresh(first, 2, at(20));
  expect(second).toEqual({ startedAt: at(0), refreshes: 2 });
  expect(() => countRefresh(second, 2, at(59.5))).toThrow(expect.objectContaining(limited(1)));
  expect(countRefresh(second, 2, at(60))).toEqual({ startedAt: at(60), refreshes: 1 });
});

test('0 is no limit', () => {
  expect(countRefresh({ startedAt: at(0), refreshes: 1_000 }, 0, at(1)).refreshes).toBe(1_001);
});

test('where another server’s clock is ahead nobody waits for longer than a minute', () => {
  expect(() => countRefresh({ startedAt: at(300), refreshes: 2 }, 2, at(0))).toThrow(
    expect.objectContaining(limited(60)),
  );
});
