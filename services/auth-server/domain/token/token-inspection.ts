import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import type { StampRef } from '#common/token-state/keys.ts';
import type { App } from '../app/app.ts';
import type { Database } from '../stores.ts';
import type { TokenState } from './token-store.ts';

/** What RFC 7662 section 2.2 lets us say to the client whose token it is. */
export type ClientIntrospection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly state: Extract<TokenState, { inactive?: never }>;
      readonly scopes: readonly string[];
    };

/** The state behind tokens, read from Postgres: for introspection replicas by hash, for clients (RFC 7662) by token. */
export class TokenInspection {
  readonly #database: Database;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(database: Database, format: CredentialFormat, clock: Clock) {
    this.#database = database;
    this.#format = format;
    this.#clock = clock;
  }

  /** In the order of the hashes, at most 500; one snapshot. */
  statesOf(accessHashes: readonly Buffer[]): Promise<readonly TokenState[]> {
    return this.#database.stores.tokens.statesOf(accessHashes);
  }

  /** Every stamp that any of these tokens hangs below, each once. At most 500 tokens. */
  stampsOf(accessHashes: readonly Buffer[]): Promise<readonly StampRef[]> {
    return this.#database.stores.tokens.stampsOf(accessHashes);
  }

  async stateOf(accessHash: Buffer): Promise<TokenState> {
    const [state] = await this.statesOf([accessHash]);
    return state as TokenState;
  }

  /** For the client's own access tokens; all others are inactive, whatever they are. */
  async introspectOwn(client: App, token: string): Promise<ClientIntrospection> {
    if (!this.#format.isWellFormed('access_token', token)) return { active: false };
    const state = await this.stateOf(hashCredential(token));
    if (state.inactive !== undefined || state.clientId !== client.clientId) return { active: false };
    if (state.expiresAt.getTime() <= this.#clock.now()) return { active: false };
    return { active: true, state, scopes: effectiveScopes(state.grantedScopes, state.actorMode, state.role) };
  }
}
