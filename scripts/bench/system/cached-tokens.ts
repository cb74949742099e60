import { create } from '@bufbuild/protobuf';
import { hashCredential } from '#common/credentials/hash.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import type { ReplicatedClient } from '#common/rpc/replicated-client/replicated-client.ts';
import type { RedisConnection } from '#common/token-state/redis-connection.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { LiveTokens } from './live-tokens.ts';

const BATCH_INTROSPECT = grpcMethodDefinition(IntrospectionService.method.batchIntrospect);
const BATCH = 100;
/** Enough to keep busy what a replica asks of auth-server at once (32), and no queue that would time out. */
const BATCHES_AT_ONCE = 2;

/**
 * Makes introspection hold fresh answers for all tokens: it has to ask for an answer again after 60 s, which costs what a
 * miss costs, and a run that met some of that would measure auth-server. The entries are dropped first, so that all of
 * them have the same age afterwards.
 */
export async function cacheAfresh(redis: RedisConnection, client: ReplicatedClient, tokens: LiveTokens): Promise<void> {
  const batches = Array.from({ length: Math.ceil(tokens.size / BATCH) }, (_, number) => number * BATCH).values();
  const worker = async () => {
    for (const first of batches) {
      const batch = Array.from({ length: Math.min(BATCH, tokens.size - first) }, (_, at) => tokens.token(first + at));
      await redis.client.del(batch.map((token) => redis.key(hashCredential(token))));
      const { responses } = await client.call(
        BATCH_INTROSPECT,
        create(BatchIntrospectRequestSchema, { tokens: batch }),
      );
      if (!responses.every(({ active }) => active)) throw new Error('a synthetic token is not active');
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
}
