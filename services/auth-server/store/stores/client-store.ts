import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ClientStore, FoundClient, HashedCredential } from '../../domain/app/client-store.ts';
import type { AuthorizationCode } from '../../domain/token/code-store.ts';
import type { TokenPair } from '../../domain/token/token-store.ts';
import type { Schema } from '../schema.ts';
import { isStorable } from './app-store.ts';
import { codeWithHash } from './code-store.ts';
import { pairWithHash } from './token-store.ts';

type FoundRow = { readonly id: null } | AuthorizationCode | TokenPair;
type Row = FoundRow & { readonly clientAppId: number; readonly clientOwnerId: number };

export class PgClientStore implements ClientStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(
    clientId: string,
    secretHash: CredentialHash,
    presented: HashedCredential | undefined,
    now: Date,
  ): Promise<FoundClient | undefined> {
    if (!isStorable(clientId)) return undefined;
    const { rows } = await sql<Row>`
      SELECT client.app_id AS "clientAppId", client.owner_id AS "clientOwnerId", found.*
      FROM public.find_client(${clientId}, ${secretHash}, ${now}) AS client
      LEFT JOIN (${presented ? withHash(presented) : sql`SELECT NULL AS id`}) AS found ON true`.execute(this.#db);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { clientAppId, clientOwnerId, ...found } = row;
    return { client: { id: clientAppId, clientId, ownerId: clientOwnerId }, ...asFound(found) };
  }
}

const withHash = ({ kind, hash }: HashedCredential): RawBuilder<unknown> =>
  kind === 'authorization_code' ? codeWithHash(hash) : pairWithHash(kind, hash);

function asFound(row: FoundRow): Pick<FoundClient, 'code' | 'pair'> {
  if (row.id === null) return {};
  return 'codeId' in row ? { pair: row } : { code: row };
}
