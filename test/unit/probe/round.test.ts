import { expect, test } from 'vitest';
import { runRound } from '../../../scripts/probe/round.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** The duration of a request, and of a pause between two. */
const STEP_MS = 10;
const WATCH_MS = 200;

/**
 * Runs a round against a replica on which the token stays active for `activeForMs` after the revocation. Requests, pauses
 * and the revocation advance the clock.
 */
function roundWith({ activeForMs = 0, knowsToken = true, failsAfterFirst = false, revocationFails = false } = {}) {
  const clock = new ManualClock();
  const step = async () => clock.advance(STEP_MS / 1_000);
  let revokedAt = Number.POSITIVE_INFINITY;
  let requests = 0;
  const revoke = async () => {
    await step();
    if (revocationFails) throw new Error('503');
    revokedAt = clock.now();
  };
  const isActive = async () => {
    const sentAt = clock.now();
    await step();
    if (failsAfterFirst && requests++ > 0) throw new Error('unavailable');
    return knowsToken && sentAt <= revokedAt + activeForMs;
  };
  const replica = { name: 'r', isActive, close: () => {} };
  const source = {
    issue: async () => ({ value: 't', revocation: 'revoke', end: revoke }),
    close: async () => {},
  };
  return runRound(source, [replica], { clock, pause: step, watchMs: WATCH_MS });
}

test('a replica that denies at once has no violation, and gets requests until the watch ends', async () => {
  const { violations, observations, lastDenialMs } = await roundWith();
  expect(violations).toBe(0);
  expect(lastDenialMs).toBeGreaterThan(0);
  expect(observations[0]?.responsesAfterReturn).toBeGreaterThanOrEqual(WATCH_MS / STEP_MS / 2);
});

test('a replica on which the token stays active for 100 ms has violations for that long', async () => {
  const { violations, activeForMs } = await roundWith({ activeForMs: 100 });
  expect(violations).toBeGreaterThan(0);
  expect(activeForMs).toBeGreaterThanOrEqual(100 - 2 * STEP_MS);
  expect(activeForMs).toBeLessThanOrEqual(100);
});

test('rejects a round whose token a replica does not accept before the revocation', async () => {
  await expect(roundWith({ knowsToken: false })).rejects.toThrow('r does not accept a new token');
});

test('rejects a round with a replica that fails after its first response', async () => {
  await expect(roundWith({ failsAfterFirst: true })).rejects.toThrow('r did not respond after the revocation');
});

test('rejects a round whose revocation fails', async () => {
  await expect(roundWith({ revocationFails: true })).rejects.toThrow('could not be revoked: 503');
});
