import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { openDatabase } from './database.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';

/**
 * Brings the database to the newest schema, in `public`, whatever search_path is. Kysely runs it under an advisory lock, so
 * replicas may start together.
 */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const provider = { getMigrations: async () => migrations };
  const migrator = new Migrator({ db, provider, migrationTableSchema: 'public' });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** The same for a database that is opened for nothing else. */
export async function migrateToLatest(databaseUrl: string): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolSize: 1, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000 });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
}
