import { create, equals } from '@bufbuild/protobuf';
import type { ReplicatedClient } from '@featureos/introspection-client';
import { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { LiveTokens } from './live-tokens.ts';

/** Throws if introspection does not respond as the tenancy expects. */
export async function checkResponses(
  client: ReplicatedClient,
  tokens: LiveTokens,
  indexes: readonly number[],
): Promise<void> {
  const request = { tokens: indexes.map((index) => tokens.token(index)) };
  const { responses } = await client.call(IntrospectionService.method.batchIntrospect, request);
  for (const [at, index] of indexes.entries()) {
    const expected = create(IntrospectResponseSchema, tokens.tenancy.response(index));
    const isRight = responses[at] !== undefined && equals(IntrospectResponseSchema, responses[at], expected);
    if (!isRight) throw new Error(`introspection of the live token ${index} returned an unexpected response`);
  }
}
