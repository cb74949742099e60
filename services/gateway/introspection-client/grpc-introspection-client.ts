import { create } from '@bufbuild/protobuf';
import { systemClock } from '#common/process/clock.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import { ReplicatedClient, type ReplicatedClientOptions } from '#common/rpc/replicated-client/replicated-client.ts';
import { retryAfterSecondsOf } from '#common/rpc/replicated-client/retry-after.ts';
import type { IntrospectResponse } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '#gen/health/v1/health_pb.ts';
import { Coalescer, type CoalescingLimits } from './coalescer.ts';
import { decodeIntrospection } from './decode.ts';
import { type Introspection, type IntrospectionClient, IntrospectionUnavailable } from './introspection.ts';
import { type Asked, IntrospectionCalls } from './introspection-calls.ts';

const CHECK = grpcMethodDefinition(Health.method.check);

/** Ours have 43 characters. The contract bounds the message, so a longer one would be an error there, not an answer. */
const MAX_TOKEN_BYTES = 2_048;

/** Longer ones go alone, so that a full batch stays far below what a message may hold. */
const MAX_COALESCED_BYTES = 128;

/** How many replicas are asked at once whether they serve; round robin makes each time another one. */
const HEALTH_CHECKS = 3;

export interface IntrospectionClientOptions extends ReplicatedClientOptions {
  /** How concurrent introspections share calls. */
  readonly coalescing: CoalescingLimits;
}

/** Introspection over gRPC, by all replicas in turn; by their standard ports or by their fast ones. */
export class GrpcIntrospectionClient implements IntrospectionClient {
  readonly #client: ReplicatedClient;
  readonly #calls: IntrospectionCalls;
  readonly #coalescer: Coalescer<Asked, IntrospectResponse>;
  readonly #timeoutMs: number;

  constructor(options: IntrospectionClientOptions) {
    this.#timeoutMs = options.timeoutMs;
    // BatchIntrospect is safe to repeat, too, but is repeated token by token.
    this.#client = new ReplicatedClient(options, [IntrospectionService.method.introspect, Health.method.check]);
    this.#calls = new IntrospectionCalls(this.#client);
    this.#coalescer = new Coalescer(this.#calls, options.coalescing);
  }

  async introspect(token: string): Promise<Introspection> {
    const bytes = Buffer.byteLength(token);
    if (bytes > MAX_TOKEN_BYTES) return { active: false, reason: 'malformed' };
    const asked = { token, deadline: systemClock.now() + this.#timeoutMs };
    try {
      const response = bytes > MAX_COALESCED_BYTES ? this.#calls.alone(asked) : this.#coalescer.call(asked);
      return decodeIntrospection(await response);
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
