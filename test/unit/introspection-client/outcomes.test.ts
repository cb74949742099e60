import type { IntrospectionOutcome } from '@featureos/introspection-client';
import { expect, test } from 'vitest';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { active, inactive, ownReplica, SERVICE_TOKEN } from '../gateway/support/replica.ts';
import { ownClient } from './own-client.ts';

/** Introspects tokens one after another. Returns the results and reasons that the client reports. */
async function resultsOf(tokens: readonly string[], serviceToken = SERVICE_TOKEN): Promise<string[]> {
  const replica = await ownReplica({ good: active([]), revoked: inactive(InactiveReason.REVOKED), empty: {} });
  const outcomes: IntrospectionOutcome[] = [];
  const onIntrospection = (outcome: IntrospectionOutcome) => void outcomes.push(outcome);
  const client = ownClient([replica.address], { serviceToken, onIntrospection });
  for (const token of tokens) await client.introspect(token).catch(() => {});
  for (const { durationMs } of outcomes) expect(durationMs).toBeGreaterThanOrEqual(0);
  return outcomes.map(({ result, reason }) => `${result} ${reason}`.trim());
}

test('each introspection has one outcome', async () => {
  expect(await resultsOf(['good', 'revoked', 'x'.repeat(3_000), 'empty'])).toEqual([
    'active',
    'inactive revoked',
    'inactive malformed',
    'unavailable INVALID_RESPONSE',
  ]);
});

test('the reason of a failed call is its gRPC status', async () => {
  expect(await resultsOf(['good'], 'unknown')).toEqual(['unavailable UNAUTHENTICATED']);
});
