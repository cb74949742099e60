import { create } from '@bufbuild/protobuf';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import { ReplicatedClient, type ReplicatedClientOptions } from '#common/rpc/replicated-client/replicated-client.ts';
import { retryAfterSecondsOf } from '#common/rpc/replicated-client/retry-after.ts';
import { IntrospectionService, IntrospectRequestSchema } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '#gen/health/v1/health_pb.ts';
import { decodeIntrospection } from './decode.ts';
import { type Introspection, type IntrospectionClient, IntrospectionUnavailable } from './introspection.ts';

const INTROSPECT = grpcMethodDefinition(IntrospectionService.method.introspect);
const CHECK = grpcMethodDefinition(Health.method.check);

/** Ours have 43 characters. The contract bounds the message, so a longer one would be an error there, not an answer. */
const MAX_TOKEN_BYTES = 2_048;

/** How many replicas are asked at once whether they serve; round robin makes each time another one. */
const HEALTH_CHECKS = 3;

/** Introspection over gRPC, by all replicas in turn. */
export class GrpcIntrospectionClient implements IntrospectionClient {
  readonly #client: ReplicatedClient;

  constructor(options: ReplicatedClientOptions) {
    this.#client = new ReplicatedClient(options, [IntrospectionService.method.introspect, Health.method.check]);
  }

  async introspect(token: string): Promise<Introspection> {
    if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return { active: false, reason: 'malformed' };
    try {
      return decodeIntrospection(await this.#client.call(INTROSPECT, create(IntrospectRequestSchema, { token })));
    } catch (error) {
      // Whatever it was: even UNAUTHENTICATED is about our own service token, and says nothing about this one.
      throw new IntrospectionUnavailable(retryAfterSecondsOf(error), error);
    }
  }

  /** Whether any replica says of itself that it serves (grpc.health.v1); false if none answers in time. */
  async isServing(): Promise<boolean> {
    const request = create(HealthCheckRequestSchema, { service: IntrospectionService.typeName });
    const checks = Array.from({ length: HEALTH_CHECKS }, async () => {
      const { status } = await this.#client.call(CHECK, request);
      if (status !== ServingStatus.SERVING) throw new Error('not serving');
    });
    return Promise.any(checks).then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#client.close();
  }
}
