import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { type RedisInstance, startRedis } from '../../scripts/dependencies/redis.ts';
import { type System, startSystem } from '../support/system.ts';

let redis: RedisInstance;
let system: System;

beforeAll(async () => {
  redis = await startRedis();
  system = await startSystem({ redisUrl: redis.url });
});

afterAll(async () => {
  await system.stop();
  await redis.stop();
});

/** The counts of commands that read or write keys, from a Redis that only this test uses. */
async function keyCommands(): Promise<string[]> {
  const client = new Redis(redis.url);
  const stats = await client.info('commandstats');
  client.disconnect();
  return stats.match(/cmdstat_(mget|get|set|eval|evalsha):calls=\d+/g) ?? [];
}

/** A miss reads Redis before it calls auth-server, so without reads of Redis there are none of Postgres. */
test('a malformed token is MALFORMED on the fast port without a read of Redis or Postgres', async () => {
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${system.tokens.gateway}`);
    return next(request);
  };
  const transport = createGrpcTransport({
    baseUrl: `http://${system.introspectionFastPort[0]}`,
    interceptors: [authenticate],
  });
  const client = createClient(IntrospectionService, transport);
  const before = await keyCommands();
  const malformed = [
    '',
    'x',
    `foot_${'J'.repeat(38)}`,
    `foot_${'ü'.repeat(38)}`,
    'x'.repeat(60_000),
    'foor_'.padEnd(43, '0'),
  ];
  for (const token of malformed) {
    expect(await client.introspect({ token })).toMatchObject({
      active: false,
      inactiveReason: InactiveReason.MALFORMED,
    });
  }
  const { responses } = await client.batchIntrospect({ tokens: malformed });
  expect(responses.map(({ inactiveReason }) => inactiveReason)).toEqual(malformed.map(() => InactiveReason.MALFORMED));
  expect(await keyCommands()).toEqual(before);
});
