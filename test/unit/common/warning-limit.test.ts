import { expect, test } from 'vitest';
import { WarningLimit } from '../../../services/common/process/warning-limit.ts';
import { recordingLog } from './recording-log.ts';

test('logs at most one warning every ten seconds, with the number of suppressed ones', () => {
  const { lines, log } = recordingLog();
  let nowMs = 1_000;
  const warnings = new WarningLimit(log, () => nowMs);
  for (const [at, scope] of [
    [1_000, 'a'],
    [1_001, 'b'],
    [10_999, 'c'],
    [11_000, 'd'],
    [11_001, 'e'],
  ] as const) {
    nowMs = at;
    warnings.warn({ scope }, 'no such scope');
  }
  expect(lines.map(({ scope, suppressed }) => [scope, suppressed])).toEqual([
    ['a', 0],
    ['d', 2],
  ]);
});
