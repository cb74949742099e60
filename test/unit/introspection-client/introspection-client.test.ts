import { type IntrospectionClient, IntrospectionUnavailable } from '@featureos/introspection-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError, invalidRequest, unavailable } from '#common/errors/app-error.ts';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { active, inactive, ownReplica, type Replica, type ReplicaResponse } from '../gateway/support/replica.ts';
import { SLACK_MS } from '../gateway/support/slack.ts';
import { ownClient } from './own-client.ts';

const TIMEOUT_MS = 500;
const OPTIONS = { timeoutMs: TIMEOUT_MS, coalescing: { maxBatch: 32, maxWaitMs: 1 } };

let replica: Replica;
let client: IntrospectionClient;

beforeEach(async () => {
  replica = await ownReplica();
  client = ownClient([replica.address], OPTIONS);
});

function activeWithout(field: 'organization' | 'actor'): ReplicaResponse {
  const response = active([]);
  delete response[field];
  return response;
}

async function outageOf(introspection: Promise<unknown>): Promise<IntrospectionUnavailable> {
  const error = await introspection.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(IntrospectionUnavailable);
  return error as IntrospectionUnavailable;
}

describe('responses', () => {
  test('returns the app, the organization, the actor and the scopes of an active token', async () => {
    replica.responses.set('good', active(['posts:read'], { actor: { mode: ActorMode.SELF, userId: 3n } }));
    expect(await client.introspect('good')).toEqual({
      active: true,
      clientId: 'foapp_test',
      installId: '0190b5a4-0000-7000-8000-000000000001',
      organization: { id: 2, subdomain: 'globex' },
      actor: { mode: 'self', userId: 3 },
      scopes: ['posts:read'],
      issuedAt: new Date(1_700_000_000_000),
      expiresAt: new Date(1_700_086_400_000),
    });
  });

  test.each([
    [InactiveReason.MALFORMED, 'malformed'],
    [InactiveReason.UNKNOWN, 'unknown'],
    [InactiveReason.EXPIRED, 'expired'],
    [InactiveReason.REVOKED, 'revoked'],
    [InactiveReason.SUSPENDED, 'suspended'],
    [InactiveReason.USER_NOT_MEMBER, 'user_not_member'],
    [99 as InactiveReason, 'other'],
  ])('inactive with reason %i is %s', async (reason, name) => {
    replica.responses.set('bad', inactive(reason));
    expect(await client.introspect('bad')).toEqual({ active: false, reason: name });
  });

  test('an oversize token is malformed, without a call', async () => {
    expect(await client.introspect('x'.repeat(3_000))).toEqual({ active: false, reason: 'malformed' });
    expect(replica.tokens).toEqual([]);
  });

  test('responses are not cached: the next call sees a revocation', async () => {
    replica.responses.set('token', active(['posts:read']));
    expect((await client.introspect('token')).active).toBe(true);
    replica.responses.set('token', inactive(InactiveReason.REVOKED));
    expect(await client.introspect('token')).toEqual({ active: false, reason: 'revoked' });
  });
});

describe('outages', () => {
  test.each<[string, ReplicaResponse]>([
    ['an empty message', {}],
    ['inactive without a reason', { active: false }],
    ['no organization', activeWithout('organization')],
    ['no actor', activeWithout('actor')],
    ['an unknown actor mode', active([], { actor: { mode: 9 as ActorMode, userId: 1n } })],
    ['an organization id of 0', active([], { organization: { id: 0n, subdomain: 'x' } })],
    ['an organization id that would be rounded', active([], { organization: { id: 2n ** 60n, subdomain: 'x' } })],
  ])('an invalid response is an outage: %s', async (_, response) => {
    replica.responses.set('token', response);
    await outageOf(client.introspect('token'));
  });

  test('retries UNAVAILABLE, then throws an error with the retry delay from the ErrorDetail', async () => {
    replica.before = async () => {
      throw new AppError(ErrorReason.DEPENDENCY_UNAVAILABLE, 'no cache, no database', { retryAfterSeconds: 7 });
    };
    expect((await outageOf(client.introspect('token'))).retryAfterSeconds).toBe(7);
    expect(replica.tokens).toHaveLength(4);
  });

  test('succeeds if a retry after UNAVAILABLE succeeds', async () => {
    replica.responses.set('token', active([]));
    replica.before = async () => {
      if (replica.tokens.length < 3) throw unavailable('not yet');
    };
    expect((await client.introspect('token')).active).toBe(true);
  });

  test.each([
    ['a fault of the server', () => new Error('boom')],
    ['an error about the request', () => invalidRequest('no')],
  ])('%s is not retried', async (_, error) => {
    replica.before = () => Promise.reject(error());
    expect((await outageOf(client.introspect('token'))).retryAfterSeconds).toBe(1);
    expect(replica.tokens).toHaveLength(1);
  });

  test('a rejected service token is an outage, not an inactive access token', async () => {
    replica.responses.set('token', active([]));
    const stranger = ownClient([replica.address], { ...OPTIONS, serviceToken: 'a-token-that-nobody-knows' });
    await outageOf(stranger.introspect('token'));
    expect(replica.tokens).toEqual([]);
  });

  test('a call without a response fails after its timeout', async () => {
    replica.before = () => new Promise(() => {});
    const startedAt = performance.now();
    await outageOf(client.introspect('token'));
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  });
});
