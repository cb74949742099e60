import { type ServiceError, status } from '@grpc/grpc-js';
import type { IntrospectResponse } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Sender } from './coalescer.ts';
import type { ReplicatedClient } from './replicated-client/replicated-client.ts';

const { introspect, batchIntrospect } = IntrospectionService.method;

/** The share of the remaining time that a batch may take; the rest is for separate calls for its tokens if it fails. */
const BATCH_SHARE = 0.5;

/** Statuses of a batch that one token may have caused. The other tokens may still succeed in separate calls. */
const REPEATED_SEPARATELY: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

/** A token, and the deadline of its caller (ms since 1970). */
export interface TokenLookup {
  readonly token: string;
  readonly deadline: number;
  /** Runs work in the async context of the caller, which may be in a trace. */
  readonly inContext: <T>(work: () => T) => T;
}

/** Introspect for one token, BatchIntrospect for several. */
export class IntrospectionCalls implements Sender<TokenLookup, IntrospectResponse> {
  readonly #client: ReplicatedClient;

  constructor(client: ReplicatedClient) {
    this.#client = client;
  }

  sendOne({ token, deadline, inContext }: TokenLookup): Promise<IntrospectResponse> {
    return inContext(() => this.#client.call(introspect, { token }, deadline));
  }

  /**
   * A batch fails as a whole if one of its tokens cannot be decided, and waits for the slowest of them. After
   * UNAVAILABLE or a timeout each token gets a call and retries of its own, so that a cached token does not fail with the others.
   */
  sendBatch(lookups: readonly TokenLookup[]): Promise<IntrospectResponse>[] {
    const batch = this.#batch(lookups);
    return lookups.map(async (lookup, index) => {
      try {
        return (await batch)[index] as IntrospectResponse;
      } catch (error) {
        if (!REPEATED_SEPARATELY.has((error as ServiceError).code)) throw error;
        return this.sendOne(lookup);
      }
    });
  }

  /** Uses a share of the time until the earliest deadline, and the async context of the first lookup. */
  async #batch(lookups: readonly TokenLookup[]): Promise<IntrospectResponse[]> {
    const now = Date.now();
    const leftMs = Math.min(...lookups.map(({ deadline }) => deadline)) - now;
    const tokens = lookups.map(({ token }) => token);
    const [{ inContext }] = lookups as [TokenLookup, ...TokenLookup[]];
    const batch = inContext(() => this.#client.call(batchIntrospect, { tokens }, now + leftMs * BATCH_SHARE));
    const { responses } = await batch;
    if (responses.length !== lookups.length)
      throw new Error(`${responses.length} responses for ${lookups.length} tokens`);
    return responses;
  }
}
