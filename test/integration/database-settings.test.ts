import { type Kysely, sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { asUserId } from '../../services/auth-server/domain/ids.ts';
import { migrateToLatest } from '../../services/auth-server/store/migrate.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { type ClonedDatabase, cloneDatabase } from '../support/database.ts';
import type { Tables } from '../support/tables.ts';

const READ_ONLY = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE, cause: { code: '25006' } };
const USER = { id: asUserId(5), name: 'Uma', email: '', profilePicture: '' };

let cloned: ClonedDatabase;
let tables: Tables;
let db: Kysely<Schema>;

beforeEach(async () => {
  cloned = await cloneDatabase();
  tables = cloned.tables;
  db = cloned.open({ statementTimeoutMs: 7_000 });
  return () => cloned.drop();
});

/** Applies to every new session. */
const alterDatabase = (setting: string) => tables.rows(`ALTER DATABASE ${cloned.name} SET ${setting}`);

async function settings(session: Kysely<Schema>, ...names: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ value: string }>`
    SELECT current_setting(name) AS value FROM unnest(${names}::text[]) AS name`.execute(session);
  return rows.map(({ value }) => value);
}

test.each([
  'repeatable read',
  'serializable',
])('a transaction sees what was committed since it began, even if %s is the default', async (level) => {
  await alterDatabase(`default_transaction_isolation = '${level}'`);
  await db.transaction().execute(async (transaction) => {
    const users = () => sql`SELECT id FROM users`.execute(transaction).then(({ rows }) => rows.length);
    expect(await users()).toBe(0);
    await new PgDatabase(db).stores.directory.putUser(USER, new Date());
    expect(await users()).toBe(1);
    expect(await settings(transaction, 'transaction_isolation')).toEqual(['read committed']);
  });
});

test('a transaction sets its limits and schema, independent of the database defaults', async () => {
  for (const setting of [
    'search_path = pg_catalog',
    'statement_timeout = 200',
    'lock_timeout = 1',
    'idle_in_transaction_session_timeout = 1',
    "transaction_timeout = '1min'",
  ]) {
    await alterDatabase(setting);
  }
  const names = ['search_path', 'statement_timeout', 'lock_timeout', 'transaction_timeout'];
  const inside = await db.transaction().execute((transaction) => settings(transaction, ...names));
  expect(inside).toEqual(['public, pg_temp', '7s', '0', '15s']);
});

test('a BEGIN that fails half-way leaves no settings on its connection', async () => {
  const options = { url: cloned.url, poolSize: 1, connectTimeoutMs: 10_000, statementTimeoutMs: 7_000 };
  const single = openDatabase({ ...options, lockTimeoutMs: 5_000_000_000 });
  const transaction = single.transaction().execute(async () => {});
  await expect(transaction).rejects.toThrow(/lock_timeout/);
  expect(await settings(single, 'transaction_isolation')).toEqual(['read committed']);
  await single.destroy();
});

test.each([
  ['off', 'on'],
  ['remote_apply', 'remote_apply'],
])('a commit waits for the disk: synchronous_commit is %s for the database and %s for a transaction', async (ofDatabase, used) => {
  await alterDatabase(`synchronous_commit = ${ofDatabase}`);
  await db.transaction().execute(async (transaction) => {
    expect(await settings(transaction, 'synchronous_commit')).toEqual([used]);
  });
});

test('reads times correctly in every format and time zone of the database', async () => {
  await alterDatabase("datestyle = 'German'");
  await alterDatabase("timezone = 'America/St_Johns'");
  const at = new Date('2026-02-03T04:05:06.789Z');
  const { rows } = await sql`SELECT ${at}::timestamptz AS at`.execute(db);
  expect(rows).toEqual([{ at }]);
  expect(await settings(db, 'DateStyle', 'TimeZone')).toEqual(['ISO, MDY', 'UTC']);
});

test('a migration uses the schema public with any search_path', async () => {
  await tables.rows('CREATE SCHEMA elsewhere');
  await alterDatabase('search_path = elsewhere');
  await migrateToLatest(cloned.url);
  expect(await tables.count('pg_tables', "schemaname = 'elsewhere'")).toBe(0);
});

test('where transactions are read-only by default, writes are rejected as unavailable', async () => {
  await alterDatabase('default_transaction_read_only = on');
  const database = new PgDatabase(db);
  const put = database.stores.directory.putUser(USER, new Date());
  await expect(put).rejects.toMatchObject(READ_ONLY);
  const inTransaction = database.transaction(({ directory }) => directory.putUser(USER, new Date()));
  await expect(inTransaction).rejects.toMatchObject(READ_ONLY);
  expect(await tables.count('users')).toBe(0);
});
