import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

interface Row {
  is_standby: boolean;
  is_read_only: boolean;
  is_in_public: boolean;
}

/** Why this database cannot be used; undefined if it can. Rejects if it cannot be reached. */
export async function whyNotUsable(db: Kysely<Schema>): Promise<string | undefined> {
  const { rows } = await sql<Row>`
    SELECT pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
      to_regclass('tokens') IS NOT DISTINCT FROM to_regclass('public.tokens') AS is_in_public`.execute(db);
  const [row] = rows;
  if (row?.is_standby) return 'DATABASE_URL leads to a standby';
  if (row?.is_read_only) return 'DATABASE_URL leads to a database that is read only';
  if (!row?.is_in_public) return 'search_path of the database does not lead to the schema public';
  return undefined;
}
