import { create } from '@bufbuild/protobuf';
import { unavailable } from '#common/errors/app-error.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import { ReplicatedClient, type ReplicatedClientOptions } from '#common/rpc/replicated-client/replicated-client.ts';
import {
  GetTokenStatesRequestSchema,
  type GetTokenStatesResponse,
  TokenStateService,
} from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';

const { getTokenStates } = TokenStateService.method;
const GET_TOKEN_STATES = grpcMethodDefinition(getTokenStates);

/** Answers questions from Postgres. */
export interface StateSource {
  /** States in the order of the hashes, 500 at most. Rejects with UNAVAILABLE if nothing was decided. */
  getTokenStates(tokenHashes: readonly Buffer[]): Promise<GetTokenStatesResponse>;
}

/** Asks auth-server, which reads Postgres. Only the hash of a token goes there. */
export class AuthServerClient implements StateSource {
  readonly #client: ReplicatedClient;

  constructor(options: ReplicatedClientOptions) {
    this.#client = new ReplicatedClient(options, [getTokenStates]);
  }

  async getTokenStates(tokenHashes: readonly Buffer[]): Promise<GetTokenStatesResponse> {
    const request = create(GetTokenStatesRequestSchema, { tokenHashes: [...tokenHashes] });
    const response = await this.#client.call(GET_TOKEN_STATES, request).catch((error) => {
      throw unavailable('auth-server cannot be asked about this token', error);
    });
    if (response.states.length !== tokenHashes.length)
      throw unavailable('auth-server has not answered for every token');
    return response;
  }

  close(): void {
    this.#client.close();
  }
}
