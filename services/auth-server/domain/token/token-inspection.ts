import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import type { StampReader } from '#common/token-state/cache.ts';
import { encodeStamps } from '#common/token-state/entry.ts';
import { stampKey } from '#common/token-state/keys.ts';
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

/** States for the cache. */
export interface CacheableStates {
  /** Of the cache, in which the stamps were read; undefined if it could not be reached. */
  readonly generation: Buffer | undefined;
  /** In the order of the question. `stamps`: encoded; undefined for a state that must not be cached. */
  readonly states: readonly { readonly state: TokenState; readonly stamps: Buffer | undefined }[];
}

/** The state behind tokens, read from Postgres: for introspection replicas by hash, for clients (RFC 7662) by token. */
export class TokenInspection {
  readonly #database: Database;
  readonly #stamps: StampReader;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(database: Database, stamps: StampReader, format: CredentialFormat, clock: Clock) {
    this.#database = database;
    this.#stamps = stamps;
    this.#format = format;
    this.#clock = clock;
  }

  /**
   * The stamps are read before the states: what is cached under a stamp is then never older than the stamp. Which stamps a
   * live token hangs below never changes; a state with one that was not read is not cached.
   */
  async cacheableStatesOf(accessHashes: readonly Buffer[]): Promise<CacheableStates> {
    const { tokens } = this.#database.stores;
    const refs = await tokens.stampsOf(accessHashes);
    const read = await this.#stamps.readStamps(refs).catch(() => undefined);
    const states = (await tokens.statesOf(accessHashes)).map((state) => {
      const stamps = state.stamps.flatMap((ref) => {
        const key = stampKey(ref);
        const id = read?.ids.get(key.toString('latin1'));
        return id === undefined ? [] : [{ key, id }];
      });
      const areAllRead = read !== undefined && stamps.length === state.stamps.length;
      return { state, stamps: areAllRead ? encodeStamps(stamps) : undefined };
    });
    return { generation: read?.generation, states };
  }

  /** For the client's own access tokens; all others are inactive, whatever they are. */
  async introspectOwn(client: App, token: string): Promise<ClientIntrospection> {
    if (!this.#format.isWellFormed('access_token', token)) return { active: false };
    const [state] = await this.#database.stores.tokens.statesOf([hashCredential(token)]);
    if (state === undefined || state.inactive !== undefined) return { active: false };
    if (state.clientId !== client.clientId || state.expiresAt.getTime() <= this.#clock.now()) return { active: false };
    return { active: true, state, scopes: effectiveScopes(state.grantedScopes, state.actorMode, state.role) };
  }
}
