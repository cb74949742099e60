/** Health checks and malformed tokens on the fast port. introspect.test.ts and callers.test.ts test it, too. */
import { Code } from '@connectrpc/connect';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { type RedisInstance, startRedis } from '../../scripts/dependencies/redis.ts';
import { grpcPath } from '../../services/common/rpc/grpc-js-definition.ts';
import { type System, startSystem } from '../support/system.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { GRPC_HEADERS, grpcFrame, grpcStatusOf, rawPost } from './support/raw-http2.ts';
import type { RpcClient } from './support/rpc-client.ts';

const { introspect, batchIntrospect } = IntrospectionService.method;
let redis: RedisInstance;
let system: System;
let client: RpcClient;

beforeAll(async () => {
  redis = await startRedis();
  system = await startSystem({ redisUrl: redis.url });
  client = grpcJsClient(address());
});
afterAll(async () => {
  client.close();
  await system.stop();
  await redis.stop();
});

const address = () => system.introspectionFastPort[0] as string;
const post = (path: string, message: Buffer) => rawPost(address(), path, GRPC_HEADERS, grpcFrame(message));

test('a malformed health check is INVALID_ARGUMENT, and Watch is UNIMPLEMENTED', async () => {
  expect(grpcStatusOf(await post(grpcPath(Health.method.check), Buffer.of(0x0a, 0xff)))).toBe(Code.InvalidArgument);
  expect(grpcStatusOf(await post(grpcPath(Health.method.watch), Buffer.alloc(0)))).toBe(Code.Unimplemented);
});

/** How often each command that can read or write a state has run, in a Redis that only this file uses. */
async function keyCommands(): Promise<string[]> {
  const connection = new Redis(redis.url);
  const stats = await connection.info('commandstats');
  connection.disconnect();
  return stats.match(/cmdstat_(mget|get|set|eval|evalsha):calls=\d+/g) ?? [];
}

/** A miss reads Redis before it calls auth-server, so without reads of Redis there are none of Postgres. */
test('a malformed token is MALFORMED without a read of Redis or Postgres', async () => {
  const bearer = system.tokens.gateway;
  const before = await keyCommands();
  const wrong = [`foot_${'J'.repeat(38)}`, `foot_${'ü'.repeat(38)}`, 'foor_'.padEnd(43, '0')];
  const malformed = ['', 'x', 'x'.repeat(60_000), ...wrong];
  for (const token of malformed) {
    const { message } = await client.call(introspect, { token }, { bearer });
    expect(message).toMatchObject({ active: false, inactiveReason: InactiveReason.MALFORMED });
  }
  const { responses } = (await client.call(batchIntrospect, { tokens: malformed }, { bearer })).message;
  expect(responses.map(({ inactiveReason }) => inactiveReason)).toEqual(malformed.map(() => InactiveReason.MALFORMED));
  expect(await keyCommands()).toEqual(before);
});
