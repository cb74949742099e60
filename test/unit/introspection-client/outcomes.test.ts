import { IntrospectionClient, type IntrospectionOutcome } from '@featureos/introspection-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { active, inactive, type Replica, SERVICE_TOKEN, startReplica } from '../gateway/support/replica.ts';

let replica: Replica;
let client: IntrospectionClient;
let outcomes: IntrospectionOutcome[];

function connect(serviceToken = SERVICE_TOKEN): void {
  client = new IntrospectionClient({
    addresses: [replica.address],
    serviceToken,
    onIntrospection: (outcome) => outcomes.push(outcome),
  });
}

beforeEach(async () => {
  replica = await startReplica({ good: active([]), revoked: inactive(InactiveReason.REVOKED), empty: {} });
  outcomes = [];
});

afterEach(() => {
  client.close();
  replica.kill();
});

const resultsOf = async (...tokens: string[]) => {
  for (const token of tokens) await client.introspect(token).catch(() => {});
  for (const { durationMs } of outcomes) expect(durationMs).toBeGreaterThanOrEqual(0);
  return outcomes.map(({ result, reason }) => `${result} ${reason}`.trim());
};

test('each introspection has one outcome', async () => {
  connect();
  expect(await resultsOf('good', 'revoked', 'x'.repeat(3_000), 'empty')).toEqual([
    'active',
    'inactive revoked',
    'inactive malformed',
    'unavailable INVALID_RESPONSE',
  ]);
});

test('an outage has the status of the call', async () => {
  connect('unknown');
  expect(await resultsOf('good')).toEqual(['unavailable UNAUTHENTICATED']);
});
