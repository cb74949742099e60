/** Migrations at start: without request timeouts, one server at a time, during traffic, and with other releases. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { migrations as own } from '../../services/auth-server/store/migrations/index.ts';
import { databaseBed, openSession } from '../support/database.ts';
import { Tables } from '../support/tables.ts';

const bed = databaseBed(beforeEach);
let lines: { msg: string; migration?: string; migrations?: string[] }[];
const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });

beforeEach(() => {
  lines = [];
});

const hasLogged = (start: string) => lines.some(({ msg }) => msg.startsWith(start));
const recordMigration = (name: string) =>
  bed.tables.rows(`INSERT INTO kysely_migration VALUES ('${name}', now()::text)`);
const migrate = (migrations: Record<string, Migration> = own) => migrateToLatest(bed.cloned.url, log, migrations);
const withMigration = (up: (db: Kysely<unknown>) => Promise<unknown>): Record<string, Migration> => ({
  ...own,
  '0900-of-this-test': { up: async (db) => void (await up(db)) },
});

test('a migration can take longer than any statement of a request', async () => {
  for (const setting of ['statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout']) {
    await bed.tables.rows(`ALTER DATABASE ${bed.cloned.name} SET ${setting} = '200ms'`);
  }
  await migrate(
    withMigration(async (db) => {
      await sql`SELECT pg_sleep(0.5)`.execute(db);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await sql`CREATE TABLE slow ()`.execute(db);
    }),
  );
  expect(await bed.tables.count('pg_tables', "tablename = 'slow'")).toBe(1);
  expect(lines).toMatchObject([{ msg: 'migrating the database', migration: '0900-of-this-test' }]);
});

test('a second server waits for the first, and then has nothing to migrate', async () => {
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let runs = 0;
  const migrations = withMigration(async (db) => {
    runs++;
    await sql`CREATE TABLE once ()`.execute(db);
    begun.resolve();
    await release.promise;
  });
  const first = migrate(migrations);
  await begun.promise;
  const second = migrate(migrations);
  await expect.poll(() => hasLogged('another server is migrating')).toBe(true);
  release.resolve();
  await Promise.all([first, second]);
  expect(runs).toBe(1);
});

test('several servers can start on an empty database at the same time', async () => {
  const empty = new URL(bed.cloned.url);
  empty.pathname = `${empty.pathname}_empty`;
  const name = empty.pathname.slice(1);
  await bed.tables.rows(`CREATE DATABASE ${name}`);
  try {
    await Promise.all([1, 2, 3].map(() => migrateToLatest(empty.href)));
    const inEmpty = new Tables(empty.href);
    expect(await inEmpty.count('kysely_migration')).toBe(Object.keys(own).length);
    await inEmpty.close();
  } finally {
    await bed.tables.rows(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});

test('a migration that waits for a table in use times out and retries, so that the table is not blocked for long', async () => {
  const holder = await openSession(bed.cloned.url);
  await holder.query('BEGIN');
  await holder.query('SELECT count(*) FROM apps');
  const migrated = migrate(withMigration((db) => sql`ALTER TABLE apps ADD COLUMN added text`.execute(db)));
  await expect.poll(() => hasLogged('migration could not lock a table')).toBe(true);
  await holder.query('COMMIT');
  await migrated;
  expect(await bed.tables.count('apps', 'added IS NOT NULL')).toBe(0);
});

test('a release starts on the schema of a later one without changing it', async () => {
  await recordMigration('0801-added-later');
  await recordMigration('0802-added-later');
  await migrate();
  expect(lines).toMatchObject([{ msg: 'the database was migrated by a later release', migrations: expect.any(Array) }]);
  expect(await bed.tables.count('kysely_migration')).toBe(Object.keys(own).length + 2);
});

test('rejects a later schema that breaks this release, and a schema of an unknown release', async () => {
  await recordMigration('0801-tokens-moved-breaking');
  await expect(migrate()).rejects.toThrow('by a later release that this one does not work with');
  await bed.tables.rows("DELETE FROM kysely_migration WHERE name LIKE '0801%'");
  await recordMigration('0000-unknown');
  await expect(migrate()).rejects.toThrow('0000-unknown is missing');
});
