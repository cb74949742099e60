import { type Kysely, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { AppId, InstallId, OrganizationId, UserId } from '../domain/ids.ts';
import type { InactiveInstall } from '../domain/install/install-store.ts';
import type { TokenStamp, TokenState, TokenStates } from '../domain/token/token-store.ts';
import { byteaArray } from './postgres/bytea-array.ts';
import type { Schema } from './schema.ts';

/** A row of states_of_tokens (migrations/0001-initial). */
export interface TokenStateRow {
  place: number;
  inactive: InactiveInstall | null;
  client_id: string;
  install_id: InstallId;
  app_id: AppId;
  owner_id: OrganizationId;
  target_id: OrganizationId;
  subdomain: string;
  actor_mode: ActorMode;
  acting_user_id: UserId;
  /** Separated by spaces, because arrays are slow to parse. */
  scopes: string;
  role: Role | null;
  issued_at: number;
  expires_at: number;
}

/** One row without a state if no token is known. */
type Row = (TokenStateRow | { place: null }) & { cache_nodes: string };

const UNKNOWN: TokenState = { inactive: 'unknown', stamps: [] };

/**
 * Reads the states of at most 500 tokens, in the order of their hashes. One statement and therefore one snapshot: a mix of
 * two snapshots could be a state that never existed. UNAVAILABLE if the database is not the primary.
 */
export async function readTokenStates(
  db: Kysely<Schema>,
  accessHashes: readonly CredentialHash[],
): Promise<TokenStates> {
  const { rows } = await sql<Row>`
    SELECT cache_nodes.active AS cache_nodes, states.*
    FROM public.cache_nodes LEFT JOIN public.states_of_tokens(${byteaArray(accessHashes)}) AS states ON true`.execute(
    db,
  );
  const states = new Array<TokenState>(accessHashes.length).fill(UNKNOWN);
  for (const row of rows) if (row.place !== null) states[row.place - 1] = toState(row);
  return { states, cacheNodes: rows[0]?.cache_nodes.split(' ') ?? [] };
}

export function toState(row: TokenStateRow): TokenState {
  const stamps = stampsOf(row);
  if (row.inactive !== null) return { inactive: row.inactive, stamps };
  return {
    stamps,
    clientId: row.client_id,
    installId: row.install_id,
    organization: { id: row.target_id, subdomain: row.subdomain },
    actorMode: row.actor_mode,
    userId: row.acting_user_id,
    grantedScopes: scopesIn(row),
    role: row.role ?? undefined,
    issuedAt: new Date(row.issued_at),
    expiresAt: new Date(row.expires_at),
  };
}

/** The granted scopes that the app still declares, also of an inactive token. */
export const scopesIn = ({ scopes }: TokenStateRow): string[] => (scopes === '' ? [] : scopes.split(' '));

function stampsOf({ app_id, owner_id, target_id, actor_mode, acting_user_id }: TokenStateRow): TokenStamp[] {
  const stamps: TokenStamp[] = [
    { kind: 'app', id: app_id },
    { kind: 'organization', id: target_id },
  ];
  if (owner_id !== target_id) stamps.push({ kind: 'organization', id: owner_id });
  if (actor_mode === 'self') stamps.push({ kind: 'user', id: acting_user_id });
  return stamps;
}
