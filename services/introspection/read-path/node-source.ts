import type { NodeList } from '#common/token-state/node-list.ts';
import type { GetTokenStatesResponse } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import type { NodeStateSource, StateSource } from './auth-server.ts';

/** The source of states for one node. */
export class NodeSource implements StateSource {
  readonly #name: string;
  readonly #source: NodeStateSource;
  readonly #receive: (names: readonly string[]) => NodeList;

  /** `receive` returns the list with these names, which auth-server has sent. */
  constructor(name: string, source: NodeStateSource, receive: (names: readonly string[]) => NodeList) {
    this.#name = name;
    this.#source = source;
    this.#receive = receive;
  }

  /**
   * A state may be cached here only if its token belongs to this node in the list of the state's snapshot: other nodes may be
   * removed from the list without being emptied again.
   */
  async getTokenStates(tokenHashes: readonly Buffer[]): Promise<GetTokenStatesResponse> {
    const response = await this.#source.getTokenStates(tokenHashes, this.#name);
    const list = this.#receive(response.cacheNodes);
    for (const [index, state] of response.states.entries()) {
      if (list.homeOf(tokenHashes[index] as Buffer) !== this.#name) state.cacheable = false;
    }
    return response;
  }
}
