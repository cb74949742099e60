import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatedClient, type ReplicatedClientOptions } from '@featureos/introspection-client';
import { type ServiceError, status } from '@grpc/grpc-js';
import { unavailable } from '#common/errors/app-error.ts';
import {
  type GetTokenStatesResponse,
  TokenStateService,
} from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';

const { getTokenStates } = TokenStateService.method;

const REFUSALS: ReadonlySet<number> = new Set([status.UNAUTHENTICATED, status.PERMISSION_DENIED]);
const isRefusal = (error: ServiceError): boolean => REFUSALS.has(error.code);
const REFUSED = 'auth-server does not accept the service token or certificate of introspection';

/** Between two look-ups of `ensureAccepted`. */
const CHECK_INTERVAL_MS = 100;
const HASH_BYTES = 32;

/** Looks up token states through auth-server, to be cached at one node. */
export interface StateSource {
  /** At most 500 hashes; the states are in the same order. Rejects with UNAVAILABLE. */
  getTokenStates(tokenHashes: readonly Buffer[]): Promise<GetTokenStatesResponse>;
}

/** Calls auth-server, which reads Postgres. Tokens are sent as hashes only. */
export class AuthServerClient {
  readonly #client: ReplicatedClient;

  constructor(options: ReplicatedClientOptions) {
    this.#client = new ReplicatedClient(options, [getTokenStates]);
  }

  /** See StateSource. `cacheNode`: the name of the node. */
  async getTokenStates(tokenHashes: readonly Buffer[], cacheNode: string): Promise<GetTokenStatesResponse> {
    const request = { tokenHashes: [...tokenHashes], cacheNode };
    const response = await this.#client.call(getTokenStates, request).catch((error: ServiceError) => {
      const problem = isRefusal(error) ? REFUSED : 'auth-server is unavailable';
      throw unavailable(`the token could not be looked up: ${problem}`, error);
    });
    if (response.states.length !== tokenHashes.length)
      throw unavailable('auth-server returned the wrong number of token states');
    return response;
  }

  /**
   * Looks up a token, and retries for `limitMs` if this is refused or times out. Rejects if the last look-up was refused: then no
   * token can be looked up. Resolves after any other error, because cached tokens can be served without auth-server.
   */
  async ensureAccepted(limitMs: number): Promise<void> {
    const giveUpAt = performance.now() + limitMs;
    for (;;) {
      const error = await this.#lookUpUnknownToken();
      if (error === undefined || !(isRefusal(error) || error.code === status.DEADLINE_EXCEEDED)) return;
      if (performance.now() >= giveUpAt) {
        if (isRefusal(error)) throw new Error(`${REFUSED}: check AUTH_SERVER_TOKEN or UPSTREAM_TLS_CERT_FILE`);
        return;
      }
      await sleep(CHECK_INTERVAL_MS);
    }
  }

  /** Looks up a token that does not exist. Returns the error of the call; undefined if it succeeds. */
  #lookUpUnknownToken(): Promise<ServiceError | undefined> {
    const request = { tokenHashes: [randomBytes(HASH_BYTES)] };
    return this.#client.call(getTokenStates, request).then(
      () => undefined,
      (error: ServiceError) => error,
    );
  }

  close(): void {
    this.#client.close();
  }
}
