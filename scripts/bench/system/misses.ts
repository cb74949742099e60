import { create, equals } from '@bufbuild/protobuf';
import { hashCredential } from '#common/credentials/hash.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { cpuMicros } from '../measure/cpu-time.ts';
import type { BenchSystem } from './bench-system.ts';
import type { LiveTokens } from './live-tokens.ts';

const BATCH_INTROSPECT = grpcMethodDefinition(IntrospectionService.method.batchIntrospect);
const MISSES = 2_000;
const BATCH = 100;

/** A type and no interface: it is a Sample. */
export type MissSample = {
  readonly perSecond: number;
  /** Of introspection and auth-server together, for a miss. */
  readonly cpuMicros: number;
};

/**
 * What it costs to answer for tokens that the cache does not have: dropped ones, spread over all. Checks that the
 * answers are the ones that the tenancy says, which is also what the cache was filled with.
 */
export async function measureMisses(system: BenchSystem, tokens: LiveTokens): Promise<MissSample> {
  const pids = [system.pid('introspection-1'), system.pid('auth-server')];
  const step = Math.max(1, Math.floor(tokens.size / MISSES));
  const indexes = Array.from({ length: Math.min(MISSES, tokens.size) }, (_, at) => at * step);
  const keys = indexes.map((index) => system.redis.key(hashCredential(tokens.token(index))));
  await system.redis.client.del(keys);
  const [begun, cpu] = [performance.now(), cpuMicros(pids)];
  for (let first = 0; first < indexes.length; first += BATCH) {
    const batch = indexes.slice(first, first + BATCH);
    const request = create(BatchIntrospectRequestSchema, { tokens: batch.map((index) => tokens.token(index)) });
    const { responses } = await system.client.call(BATCH_INTROSPECT, request);
    for (const [at, response] of responses.entries()) {
      const expected = create(IntrospectResponseSchema, tokens.tenancy.answer(batch[at] as number));
      if (!equals(IntrospectResponseSchema, response, expected))
        throw new Error('a miss has another answer than a hit');
    }
  }
  return {
    perSecond: indexes.length / ((performance.now() - begun) / 1_000),
    cpuMicros: (cpuMicros(pids) - cpu) / indexes.length,
  };
}
