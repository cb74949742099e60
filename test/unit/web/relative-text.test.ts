import { expect, test, vi } from 'vitest';
import { relativeText } from '../../../services/web/src/ui/relative-text.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test.each([
  [-59.6 * MINUTE_MS, '59 minutes ago'],
  [-60 * MINUTE_MS, '1 hour ago'],
  [-23.6 * HOUR_MS, '23 hours ago'],
  [-24 * HOUR_MS, 'yesterday'],
  [23.6 * HOUR_MS, 'in 23 hours'],
])('%d ms from now is "%s"', (distanceMs, expected) => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  expect(relativeText(new Date(Date.now() + distanceMs))).toBe(expected);
  vi.useRealTimers();
});
