import { create } from '@bufbuild/protobuf';
import { type ServiceError, status } from '@grpc/grpc-js';
import { systemClock } from '#common/process/clock.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import type { ReplicatedClient } from '#common/rpc/replicated-client/replicated-client.ts';
import type { IntrospectResponse } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import {
  BatchIntrospectRequestSchema,
  IntrospectionService,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Sender } from './coalescer.ts';

const INTROSPECT = grpcMethodDefinition(IntrospectionService.method.introspect);
const BATCH_INTROSPECT = grpcMethodDefinition(IntrospectionService.method.batchIntrospect);

/** How much of its callers' time a batch may take; the rest is for those who are then asked about one by one. */
const BATCH_SHARE = 0.5;

/** What says nothing about a token, only about the company that it was in. */
const REPEATED_ALONE: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

/** A token, and until when its caller waits (ms since 1970). */
export interface Asked {
  readonly token: string;
  readonly deadline: number;
}

/** Introspect for one token, BatchIntrospect for several. */
export class IntrospectionCalls implements Sender<Asked, IntrospectResponse> {
  readonly #client: ReplicatedClient;

  constructor(client: ReplicatedClient) {
    this.#client = client;
  }

  alone({ token, deadline }: Asked): Promise<IntrospectResponse> {
    return this.#client.call(INTROSPECT, create(IntrospectRequestSchema, { token }), deadline);
  }

  /**
   * A batch is undecided as a whole if one of its tokens is, and waits for the slowest of them. So its tokens are then
   * asked about one by one, each with its own retries: one that the cache knows must not be refused for the company it was in.
   */
  together(all: readonly Asked[]): Promise<IntrospectResponse>[] {
    const batch = this.#batch(all);
    return all.map(async (asked, index) => {
      try {
        return (await batch)[index] as IntrospectResponse;
      } catch (error) {
        if (!REPEATED_ALONE.has((error as ServiceError).code)) throw error;
        return this.alone(asked);
      }
    });
  }

  /** With its share of the first deadline of all. */
  async #batch(all: readonly Asked[]): Promise<IntrospectResponse[]> {
    const request = create(BatchIntrospectRequestSchema, { tokens: all.map(({ token }) => token) });
    const now = systemClock.now();
    const leftMs = Math.min(...all.map(({ deadline }) => deadline)) - now;
    const { responses } = await this.#client.call(BATCH_INTROSPECT, request, now + leftMs * BATCH_SHARE);
    if (responses.length !== all.length) throw new Error(`${responses.length} answers for ${all.length} tokens`);
    return responses;
  }
}
