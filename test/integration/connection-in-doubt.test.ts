import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { asOrganizationId, asUserId } from '../../services/auth-server/domain/ids.ts';
import type { Locks } from '../../services/auth-server/domain/locks.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { queryWithNext, sendWithNext } from '../../services/auth-server/store/postgres/transactions.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { databaseBed } from '../support/database.ts';
import { FaultProxy } from '../support/fault-proxy.ts';

const USER = { id: asUserId(5), name: 'Uma', email: '', profilePicture: '' };
const TIMEOUT_MS = 10_000;
const TIMED_OUT = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE, cause: { message: 'Query read timeout' } };

const bed = databaseBed(beforeEach);
let proxy: FaultProxy;
/** A pool of one connection, through the proxy. */
let db: Kysely<Schema>;
let database: PgDatabase;

beforeEach(async () => {
  const url = new URL(bed.cloned.url);
  proxy = await FaultProxy.start(Number(url.port));
  url.port = String(proxy.port);
  db = bed.cloned.open({ url: url.href, poolSize: 1, connectTimeoutMs: 1_000, statementTimeoutMs: 500 });
  database = new PgDatabase(db);
  await sql`SELECT 1`.execute(db);
});
afterEach(() => proxy.stop());

const putUser = () => database.stores.directory.putUser(USER, new Date());
const sessions = () =>
  bed.tables.count('pg_stat_activity', `application_name = 'auth-server' AND datname = current_database()`);

test('a write acknowledged after a BEGIN timed out is visible to all sessions', async () => {
  proxy.hang('up');
  await expect(database.transaction(async () => {})).rejects.toMatchObject(TIMED_OUT);
  proxy.heal();
  await putUser();
  expect(await bed.tables.count('users')).toBe(1);
});

test('a transaction whose statement timed out changes nothing and leaves nothing open', async () => {
  const hanging = database.transaction(async ({ directory }) => {
    await directory.putUser(USER, new Date());
    proxy.hang('down');
    await directory.findUser(USER.id);
  });
  await expect(hanging).rejects.toMatchObject(TIMED_OUT);
  proxy.heal();
  await expect.poll(sessions, { timeout: TIMEOUT_MS }).toBe(0);
  await sql`SELECT 1`.execute(db);
  expect(await bed.tables.count('users')).toBe(0);
});

test('connections to a vanished host are replaced by new ones', async () => {
  proxy.vanish();
  await expect(putUser()).rejects.toMatchObject(TIMED_OUT);
  await putUser();
  expect(await bed.tables.count('users')).toBe(1);
});

const pid = async () => (await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(db)).rows[0]?.pid;

test('the connection is kept after an error response of the server', async () => {
  const before = await pid();
  await expect(sql`SELECT 1/0`.execute(db)).rejects.toThrow('division by zero');
  const slow = db.transaction().execute((transaction) => sql`SELECT pg_sleep(5)`.execute(transaction));
  await expect(slow).rejects.toMatchObject({ cause: { code: '57014' } });
  expect(await pid()).toBe(before);
});

test('a statement that timed out outside a transaction is ended in the server, and its connection is not reused', async () => {
  const before = await pid();
  await expect(sql`SELECT pg_sleep(600)`.execute(db)).rejects.toMatchObject(TIMED_OUT);
  await expect.poll(() => bed.tables.count('pg_stat_activity', `pid = ${before}`)).toBe(0);
  expect(await pid()).not.toBe(before);
});

test('every transaction has time limits', async () => {
  const settings = sql`SELECT current_setting('idle_in_transaction_session_timeout') AS idle,
    current_setting('transaction_timeout') AS whole`;
  const { rows } = await db.transaction().execute((transaction) => settings.execute(transaction));
  expect(rows).toEqual([{ idle: '15s', whole: '15s' }]);
});

const ORGANIZATION: Locks = { organizations: { ids: [asOrganizationId(7)], mode: 'update' } };

test('a transaction that cannot get a lock in time releases its connection', async () => {
  const options = { url: bed.cloned.url, poolSize: 1, connectTimeoutMs: 1_000, statementTimeoutMs: 10_000 };
  const otherDb = openDatabase({ ...options, lockTimeoutMs: 20 });
  const other = new PgDatabase(otherDb);
  await database.transaction(async (stores) => {
    await stores.directory.findUser(USER.id); // the locks are taken with the first statement
    const late = other.transaction(({ directory }) => directory.findUser(USER.id), ORGANIZATION);
    await expect(late).rejects.toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE, cause: { code: '55P03' } });
    await other.stores.directory.findUser(USER.id);
  }, ORGANIZATION);
  await otherDb.destroy();
});

test('a statement sent with the next one is rolled back if that one fails', async () => {
  await putUser();
  const failing = db.transaction().execute(async (transaction) => {
    await sendWithNext(transaction, sql`DELETE FROM users`);
    const quotient = await queryWithNext(transaction, sql`SELECT 1/0`);
    await quotient();
  });
  await expect(failing).rejects.toThrow('division by zero');
  expect(await bed.tables.count('users')).toBe(1);
});

test('a transaction with a failed statement is not committed, even if its error was caught', async () => {
  await putUser();
  const failing = db.transaction().execute(async (transaction) => {
    await sql`DELETE FROM users`.execute(transaction);
    await sql`SELECT 1/0`.execute(transaction).catch(() => {});
  });
  await expect(failing).rejects.toThrow('was rolled back');
  expect(await bed.tables.count('users')).toBe(1);
});

test('a statement sent with the next one needs no round trip, and is committed', async () => {
  await db.transaction().execute(async (transaction) => {
    proxy.hang('up');
    for (const id of [1, 2]) {
      const { name, email, profilePicture: picture } = USER;
      await sendWithNext(
        transaction,
        sql`INSERT INTO users (id, name, email, profile_picture) VALUES (${id}, ${name}, ${email}, ${picture})`,
      );
    }
    proxy.heal();
  });
  expect(await bed.tables.count('users')).toBe(2);
});
