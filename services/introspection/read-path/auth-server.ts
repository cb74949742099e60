import { ReplicatedClient, type ReplicatedClientOptions } from '@featureos/introspection-client';
import { type ServiceError, status } from '@grpc/grpc-js';
import { unavailable } from '#common/errors/app-error.ts';
import {
  type GetTokenStatesResponse,
  TokenStateService,
} from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';

const { getTokenStates } = TokenStateService.method;

const REFUSALS: ReadonlySet<number> = new Set([status.UNAUTHENTICATED, status.PERMISSION_DENIED]);

/** Looks up token states in Postgres. */
export interface StateSource {
  /** Takes at most 500 hashes; returns their states in the same order. Rejects with UNAVAILABLE. */
  getTokenStates(tokenHashes: readonly Buffer[]): Promise<GetTokenStatesResponse>;
}

/** Looks up token states that will be cached on a node. */
export interface NodeStateSource {
  /** The same as StateSource, with the name of the node. */
  getTokenStates(tokenHashes: readonly Buffer[], cacheNode: string): Promise<GetTokenStatesResponse>;
}

/** Calls auth-server, which reads Postgres. Tokens are sent as hashes only. */
export class AuthServerClient implements NodeStateSource {
  readonly #client: ReplicatedClient;

  constructor(options: ReplicatedClientOptions) {
    this.#client = new ReplicatedClient(options, [getTokenStates]);
  }

  async getTokenStates(tokenHashes: readonly Buffer[], cacheNode: string): Promise<GetTokenStatesResponse> {
    const request = { tokenHashes: [...tokenHashes], cacheNode };
    const response = await this.#client.call(getTokenStates, request).catch((error: ServiceError) => {
      const problem = REFUSALS.has(error.code)
        ? 'auth-server does not accept the service token or certificate of introspection'
        : 'auth-server is unavailable';
      throw unavailable(`the token could not be looked up: ${problem}`, error);
    });
    if (response.states.length !== tokenHashes.length)
      throw unavailable('auth-server returned the wrong number of token states');
    return response;
  }

  close(): void {
    this.#client.close();
  }
}
