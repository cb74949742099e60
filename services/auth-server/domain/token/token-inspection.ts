import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import { hasExpired } from '#common/token-state/expiry.ts';
import type { StampKind, StampRef } from '#common/token-state/keys.ts';
import type { TokenStateNodes } from '../../token-state/token-state-nodes.ts';
import type { Client } from '../app/client-store.ts';
import type { Database } from '../stores.ts';
import type { TokenState } from './token-store.ts';

/** RFC 7662 section 2.2, for the client that the token was issued to. */
export type ClientIntrospection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly state: Extract<TokenState, { inactive?: never }>;
      readonly scopes: readonly string[];
    };

/** Token states with what is needed to cache them. */
export interface CacheableStates {
  /** The cache generation in which the stamps were read; undefined if they could not be read. */
  readonly generation: Buffer | undefined;
  /** The cache nodes to which tokens belong, from the snapshot of the states. */
  readonly cacheNodes: readonly string[];
  /** In the order of the request. `stamps`: encoded; undefined for a state that must not be cached. */
  readonly states: readonly { readonly state: TokenState; readonly stamps: Buffer | undefined }[];
}

/** Reads token states from Postgres: by hash for introspection replicas, by token for clients (RFC 7662). */
export class TokenInspection {
  readonly #database: Database;
  readonly #stamps: Pick<TokenStateNodes, 'stampsAt'>;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(database: Database, stamps: Pick<TokenStateNodes, 'stampsAt'>, format: CredentialFormat, clock: Clock) {
    this.#database = database;
    this.#stamps = stamps;
    this.#format = format;
    this.#clock = clock;
  }

  /**
   * A cached state must not be older than its stamps. The states are read first, because they name the stamps. If the
   * version of the stamps has changed meanwhile, a stamp may have been replaced, so the states are read again. `node`:
   * the cache node for the states. If this server does not know it, no state may be cached.
   */
  async cacheableStatesOf(accessHashes: readonly Buffer[], node: string): Promise<CacheableStates> {
    const { tokens } = this.#database.stores;
    const stamps = this.#stamps.stampsAt(node);
    const version = stamps?.version;
    const first = await tokens.statesOf(accessHashes);
    const read = await stamps?.readStamps(distinctStamps(first.states)).catch(() => undefined);
    const isCurrent = read === undefined || read.hasVersion(version);
    const { states, cacheNodes } = isCurrent ? first : await tokens.statesOf(accessHashes);
    return {
      generation: read?.generation,
      cacheNodes,
      states: states.map((state) => ({ state, stamps: read?.encode(state.stamps) })),
    };
  }

  /** Only for the client's own access tokens; any other token is inactive. */
  async introspectOwn(client: Client, token: string): Promise<ClientIntrospection> {
    if (!this.#format.isWellFormed('access_token', token)) return { active: false };
    const { states } = await this.#database.stores.tokens.statesOf([hashCredential(token)]);
    const [state] = states;
    if (state === undefined || state.inactive !== undefined) return { active: false };
    if (state.clientId !== client.clientId || hasExpired(state.expiresAt.getTime(), this.#clock.now())) {
      return { active: false };
    }
    return { active: true, state, scopes: effectiveScopes(state.grantedScopes, state.actorMode, state.role) };
  }
}

function distinctStamps(states: readonly TokenState[]): StampRef[] {
  const seen: Record<StampKind, Set<number>> = { app: new Set(), organization: new Set(), user: new Set() };
  return states.flatMap(({ stamps }) =>
    stamps.filter(({ kind, id }) => {
      const isNew = !seen[kind].has(id);
      seen[kind].add(id);
      return isNew;
    }),
  );
}
