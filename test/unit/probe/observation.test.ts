import { expect, test } from 'vitest';
import { Observation, type RevocationCall, resultOf } from '../../../scripts/probe/observation.ts';

const CALL: RevocationCall = { startedAt: 100, returnedAt: 110 };

/** An observation of requests, each with a response after 2 ms. */
function observed(...requests: readonly [sentAt: number, active: boolean][]): Observation {
  const observation = new Observation('r');
  for (const [sentAt, active] of requests) {
    observation.record({ sentAt, receivedAt: sentAt + 2, active }, CALL.returnedAt);
  }
  return observation;
}

const resultFor = (...observations: Observation[]) => resultOf('revoke', CALL, observations);

test('active responses to requests sent until the revocation returns are not violations', () => {
  const result = resultFor(observed([101, true], [109, true], [110, true], [111, false]));
  expect(result).toMatchObject({ violations: 0, activeForMs: 0, callMs: 10 });
});

test('active responses to later requests are violations', () => {
  const result = resultFor(observed([109, true], [111, true], [150, true], [160, false]), observed([120, false]));
  expect(result).toMatchObject({ violations: 2, activeForMs: 40 });
});

test('latency is measured from the start of the call to the first denial, and until every replica denies for good', () => {
  const result = resultFor(observed([103, false], [112, false]), observed([108, true], [116, false]));
  expect(result).toMatchObject({ firstDenialMs: 5, lastDenialMs: 18 });
});

test('a replica denies for good only after its last active response', () => {
  const result = resultFor(observed([104, false], [112, true], [120, false], [130, false]));
  expect(result).toMatchObject({ firstDenialMs: 6, lastDenialMs: 22, violations: 1 });
});

test('there is no last denial if a replica is active at the end, and no first one if all responses are active', () => {
  expect(resultFor(observed([112, true]), observed([112, false]))).toMatchObject({
    firstDenialMs: 14,
    lastDenialMs: undefined,
  });
  expect(resultFor(observed([112, true])).firstDenialMs).toBeUndefined();
});

test('rejects a round in which a replica does not respond after the revocation', () => {
  expect(() => resultFor(observed([112, false]), observed([105, true]))).toThrow('r did not respond');
});
