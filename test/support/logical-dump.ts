import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../scripts/dependencies/postgres.ts';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { type Backup, serverOwnedFolder } from './standby.ts';

const { escapeIdentifier: id, escapeLiteral: literal } = pg;

/**
 * Saves the data that `pg_dump` saves: the rows of every table in one snapshot, and the positions of the sequences. It replaces
 * `pg_dump`, because Debian's is older than the tests' server and refuses to dump it. The schema comes from the
 * migrations, not from the dump.
 */
export async function dumpDatabase(databaseUrl: string): Promise<Backup> {
  const folder = await serverOwnedFolder('dump');
  const file = (name: string) => literal(join(folder, name));
  const client = await connect(databaseUrl);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const tables = await rows<{ name: string }>(
    client,
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  for (const { name } of tables) await client.query(`COPY (SELECT * FROM ${id(name)}) TO ${file(name)}`);
  const sequences = await rows<{ name: string; position: string }>(
    client,
    `SELECT sequencename AS name, last_value AS position FROM pg_sequences WHERE last_value IS NOT NULL`,
  );
  await client.end();

  async function restoreRows(to: pg.Client): Promise<void> {
    // Turns off foreign-key checks and triggers: they ran when the rows were first written.
    await to.query(`SET session_replication_role = replica`);
    await to.query(`TRUNCATE ${tables.map(({ name }) => id(name)).join()}`);
    for (const { name } of tables) await to.query(`COPY ${id(name)} FROM ${file(name)}`);
    for (const { name, position } of sequences) {
      await to.query('SELECT setval(quote_ident($1)::regclass, $2)', [name, position]);
    }
  }

  return {
    async restore() {
      const { url, stop } = await startPostgres({ durable: true });
      const admin = await connect(url);
      const { password, pathname } = new URL(databaseUrl);
      await admin.query(`ALTER USER postgres PASSWORD ${literal(password)}`);
      await admin.query(`CREATE DATABASE ${id(pathname.slice(1))}`);
      await admin.end();

      const restored = new URL(url);
      restored.password = password;
      const adminUrl = restored.href;
      restored.pathname = pathname;
      await migrateToLatest(restored.href);
      const to = await connect(restored.href);
      await restoreRows(to);
      await to.end();
      await rm(folder, { recursive: true });
      return { url: adminUrl, stop };
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

async function rows<Row extends object>(client: pg.Client, text: string): Promise<Row[]> {
  return (await client.query<Row>(text)).rows;
}
