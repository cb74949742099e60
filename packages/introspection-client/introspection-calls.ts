import { type ServiceError, status } from '@grpc/grpc-js';
import type { IntrospectResponse } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Sender } from './coalescer.ts';
import type { ReplicatedClient } from './replicated-client/replicated-client.ts';

const { introspect, batchIntrospect } = IntrospectionService.method;

/** The share of the time left that a batch may take; the rest is for calls token by token after it. */
const BATCH_SHARE = 0.5;

/** Statuses of a batch that say nothing about its single tokens. */
const REPEATED_ALONE: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

/** A token, and the deadline of its caller (ms since 1970). */
export interface Asked {
  readonly token: string;
  readonly deadline: number;
  /** Runs what is done for it in the async context of its caller, which may be in a trace. */
  readonly inContext: <T>(work: () => T) => T;
}

/** Introspect for one token, BatchIntrospect for several. */
export class IntrospectionCalls implements Sender<Asked, IntrospectResponse> {
  readonly #client: ReplicatedClient;

  constructor(client: ReplicatedClient) {
    this.#client = client;
  }

  alone({ token, deadline, inContext }: Asked): Promise<IntrospectResponse> {
    return inContext(() => this.#client.call(introspect, { token }, deadline));
  }

  /**
   * A batch fails as a whole if one of its tokens cannot be decided, and waits for the slowest of them. Then each token is
   * introspected by its own call, with its own retries: a cached one must not fail because of the others.
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

  /** With a share of the time until the earliest deadline, in the context of the first. */
  async #batch(all: readonly Asked[]): Promise<IntrospectResponse[]> {
    const now = Date.now();
    const leftMs = Math.min(...all.map(({ deadline }) => deadline)) - now;
    const tokens = all.map(({ token }) => token);
    const [{ inContext }] = all as [Asked, ...Asked[]];
    const batch = inContext(() => this.#client.call(batchIntrospect, { tokens }, now + leftMs * BATCH_SHARE));
    const { responses } = await batch;
    if (responses.length !== all.length) throw new Error(`${responses.length} responses for ${all.length} tokens`);
    return responses;
  }
}
