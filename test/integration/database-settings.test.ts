import { type Kysely, sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { asUserId } from '../../services/auth-server/domain/ids.ts';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { migrations } from '../../services/auth-server/store/migrations/index.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { databaseBed } from '../support/database.ts';

const USER = { id: asUserId(5), name: 'Uma', email: '', profilePicture: '' };

const bed = databaseBed(beforeEach, { statementTimeoutMs: 7_000 });

/** Applies to every new session. */
const alterDatabase = (setting: string) => bed.tables.rows(`ALTER DATABASE ${bed.cloned.name} SET ${setting}`);

async function settings(db: Kysely<Schema>, ...names: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ value: string }>`
    SELECT current_setting(name) AS value FROM unnest(${names}::text[]) AS name`.execute(db);
  return rows.map(({ value }) => value);
}

test.each([
  'repeatable read',
  'serializable',
])('a transaction sees what was committed since it began, even if %s is the default', async (level) => {
  await alterDatabase(`default_transaction_isolation = '${level}'`);
  await bed.db.transaction().execute(async (transaction) => {
    const users = () => sql`SELECT id FROM users`.execute(transaction).then(({ rows }) => rows.length);
    expect(await users()).toBe(0);
    await new PgDatabase(bed.db).stores.directory.putUser(USER, new Date());
    expect(await users()).toBe(1);
    expect(await settings(transaction, 'transaction_isolation')).toEqual(['read committed']);
  });
});

test('a transaction sets its limits and schema, independently of the database defaults', async () => {
  for (const setting of [
    'search_path = pg_catalog',
    'statement_timeout = 5000',
    'lock_timeout = 1',
    'idle_in_transaction_session_timeout = 1',
    "transaction_timeout = '1min'",
  ]) {
    await alterDatabase(setting);
  }
  const names = ['search_path', 'statement_timeout', 'lock_timeout', 'transaction_timeout'];
  const inside = await bed.db.transaction().execute((transaction) => settings(transaction, ...names));
  expect(inside).toEqual(['public, pg_temp', '7s', '0', '15s']);
});

test('a transaction with an invalid setting leaves no settings on its connection', async () => {
  await alterDatabase("default_transaction_isolation = 'repeatable read'");
  const options = { url: bed.cloned.url, poolSize: 1, connectTimeoutMs: 10_000, statementTimeoutMs: 7_000 };
  const single = openDatabase({ ...options, lockTimeoutMs: 5_000_000_000 });
  const transaction = single.transaction().execute(async () => {});
  await expect(transaction).rejects.toThrow(/lock_timeout/);
  expect(await settings(single, 'transaction_isolation')).toEqual(['repeatable read']);
  await single.destroy();
});

test.each([
  ['off', 'on'],
  ['remote_apply', 'remote_apply'],
])('a commit waits for the disk: synchronous_commit is %s for the database and %s for a transaction', async (ofDatabase, used) => {
  await alterDatabase(`synchronous_commit = ${ofDatabase}`);
  await bed.db.transaction().execute(async (transaction) => {
    expect(await settings(transaction, 'synchronous_commit')).toEqual([used]);
  });
});

test('reads times and bytes correctly, independently of the formats and the time zone of the database', async () => {
  await alterDatabase("datestyle = 'German'");
  await alterDatabase("timezone = 'America/St_Johns'");
  await alterDatabase("bytea_output = 'escape'");
  const row = { at: new Date('2026-02-03T04:05:06.789Z'), bytes: Buffer.from([0, 92, 128, 255]) };
  const { rows } = await sql`SELECT ${row.at}::timestamptz AS at, ${row.bytes}::bytea AS bytes`.execute(bed.db);
  expect(rows).toEqual([row]);
  expect(await settings(bed.db, 'DateStyle', 'TimeZone')).toEqual(['ISO, MDY', 'UTC']);
});

test('a migration uses the schema public with any search_path', async () => {
  await bed.tables.rows('CREATE SCHEMA elsewhere');
  await alterDatabase('search_path = elsewhere');
  const later = { up: (db: Kysely<unknown>) => sql`CREATE TABLE later ()`.execute(db).then(() => {}) };
  await migrateToLatest(bed.cloned.url, undefined, { ...migrations, '9999-later': later });
  const created = "SELECT schemaname FROM pg_tables WHERE tablename = 'later' OR schemaname = 'elsewhere'";
  expect(await bed.tables.rows(created)).toEqual([{ schemaname: 'public' }]);
});
