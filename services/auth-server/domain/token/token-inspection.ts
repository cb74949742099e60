import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import type { StampReader } from '#common/token-state/cache.ts';
import type { StampRef } from '#common/token-state/keys.ts';
import type { KnownStamps } from '#common/token-state/stamp-memory.ts';
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

/** `stamps`: encoded; undefined for a state that must not be cached. */
interface CacheableState {
  readonly state: TokenState;
  readonly stamps: Buffer | undefined;
}

/** States for the cache. */
export interface CacheableStates {
  /** Of the cache, in which the stamps were read; undefined if it cannot be reached. */
  readonly generation: Buffer | undefined;
  /** In the order of the question. */
  readonly states: readonly CacheableState[];
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
   * A state gets stamps that were known before Postgres was asked, so what is cached under a stamp is never older than the
   * stamp. Where one was not known, it is read and Postgres is asked again; a state without all of its stamps is not cached.
   */
  async cacheableStatesOf(accessHashes: readonly Buffer[]): Promise<CacheableStates> {
    const known = this.#stamps.knownStamps();
    const states = await this.#statesUnder(known, accessHashes);
    if (known === undefined) return { generation: undefined, states };
    const read = await this.#readMissingStamps(states);
    if (read?.generation.equals(known.generation)) {
      const places = [...states.keys()].filter((place) => {
        const { state, stamps } = states[place] as CacheableState;
        return stamps === undefined && read.encode(state.stamps) !== undefined;
      });
      const newer = await this.#statesUnder(
        read,
        places.map((place) => accessHashes[place] as Buffer),
      );
      for (const [index, place] of places.entries()) states[place] = newer[index] as CacheableState;
    }
    return { generation: known.generation, states };
  }

  /** For the client's own access tokens; all others are inactive, whatever they are. */
  async introspectOwn(client: App, token: string): Promise<ClientIntrospection> {
    if (!this.#format.isWellFormed('access_token', token)) return { active: false };
    const [state] = await this.#database.stores.tokens.statesOf([hashCredential(token)]);
    if (state === undefined || state.inactive !== undefined) return { active: false };
    if (state.clientId !== client.clientId || state.expiresAt.getTime() <= this.#clock.now()) return { active: false };
    return { active: true, state, scopes: effectiveScopes(state.grantedScopes, state.actorMode, state.role) };
  }

  async #statesUnder(known: KnownStamps | undefined, accessHashes: readonly Buffer[]): Promise<CacheableState[]> {
    if (accessHashes.length === 0) return [];
    const states = await this.#database.stores.tokens.statesOf(accessHashes);
    return states.map((state) => ({ state, stamps: known?.encode(state.stamps) }));
  }

  /** Undefined if none is missing, or if they cannot be read. */
  async #readMissingStamps(states: readonly CacheableState[]): Promise<KnownStamps | undefined> {
    const refs = new Map<string, StampRef>();
    for (const { state, stamps } of states) {
      if (stamps === undefined) for (const ref of state.stamps) refs.set(`${ref.kind} ${ref.id}`, ref);
    }
    return refs.size === 0 ? undefined : await this.#stamps.readStamps([...refs.values()]).catch(() => undefined);
  }
}
