import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ClientStore, FoundClient, Presented } from '../../domain/client/client-store.ts';
import type { AuthorizationCode } from '../../domain/code/code-store.ts';
import type { TokenPair } from '../../domain/token/token-store.ts';
import type { Schema } from '../schema.ts';
import { queryWithNext } from '../transactions.ts';
import { type AppRow, isStorable, toApp } from './app-store.ts';
import { codeWithHash } from './code-store.ts';
import { pairWithHash } from './token-store.ts';

export class PgClientStore implements ClientStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(
    clientId: string,
    secretHash: CredentialHash,
    presented: Presented | undefined,
    now: Date,
  ): Promise<FoundClient | undefined> {
    if (!isStorable(clientId)) return undefined;
    const client = sql<AppRow>`SELECT * FROM public.find_client(${clientId}, ${secretHash}, ${now})`;
    return this.#db.connection().execute(async (connection) => {
      const clients = await queryWithNext(connection, client);
      const found = presented && (await lookUp(connection, presented));
      const [row] = await clients();
      return row && { client: toApp(row), ...found };
    });
  }
}

async function lookUp(
  connection: Kysely<Schema>,
  { kind, hash }: Presented,
): Promise<Pick<FoundClient, 'code' | 'pair'>> {
  const first = async <T>(query: RawBuilder<T>) => (await query.execute(connection)).rows[0];
  if (kind === 'authorization_code') return { code: await first<AuthorizationCode>(codeWithHash(hash)) };
  return { pair: await first<TokenPair>(pairWithHash(kind, hash)) };
}
