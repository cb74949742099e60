import { setTimeout } from 'node:timers/promises';
import { Kysely, PostgresAdapter, PostgresDialect, sql, type Transaction } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Log } from '#common/process/log.ts';
import { migrations as ownMigrations } from './migrations/index.ts';
import { isLockNotAvailable } from './postgres/errors.ts';

type Migrations = Readonly<Record<string, Migration>>;

const CONNECT_TIMEOUT_MS = 10_000;
/** The advisory lock of the server that migrates, which holds it until its commit. Kysely uses the same id. */
const LOCK_ID = '3853314791062309107';
/** A migration that waits for a table blocks all later queries of the table, so it gives up and retries. */
const TABLE_LOCK_TIMEOUT = '5s';
const RETRY_MS = 1_000;
/** The suffix of migrations with which earlier releases do not work. */
const BREAKING = /-breaking$/;

/**
 * Migrates the database to the latest schema, in `public` whatever search_path is. Uses its own connection, whose statements
 * have no timeout, because a migration of many rows takes long. If several servers start, one migrates and the others wait. If
 * a later release has migrated the database, does nothing, or throws if this release does not work with that schema.
 */
export async function migrateToLatest(databaseUrl: string, log?: Log, migrations: Migrations = ownMigrations) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'auth-server migrations',
  });
  // Ignored, because a broken connection rejects its next query.
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new MigrationDialect({ pool }) });
  try {
    while (!(await tryToMigrate(db, migrations, log))) await setTimeout(RETRY_MS);
  } finally {
    await db.destroy();
  }
}

/** False if a table could not be locked in time. */
async function tryToMigrate(db: Kysely<unknown>, migrations: Migrations, log: Log | undefined): Promise<boolean> {
  try {
    const builder = db.transaction().setIsolationLevel('read committed');
    await builder.execute((transaction) => migrateWithin(transaction, migrations, log));
    return true;
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    log?.warn('migration could not lock a table; retrying');
    return false;
  }
}

/** All migrations in one transaction, so that a failed upgrade leaves the old schema, and the lock works behind a pooler. */
async function migrateWithin(db: Transaction<unknown>, migrations: Migrations, log: Log | undefined): Promise<void> {
  await sql`SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true), set_config('transaction_timeout', '0', true),
    set_config('search_path', 'public, pg_temp', true)`.execute(db);
  await lock(db, log);
  await sql`SELECT set_config('lock_timeout', ${TABLE_LOCK_TIMEOUT}, true)`.execute(db);
  const later = await laterMigrations(db, migrations, log);
  const provider = { getMigrations: async () => ({ ...logged(migrations, log), ...later }) };
  const { error } = await new Migrator({ db, provider, migrationTableSchema: 'public' }).migrateToLatest();
  if (error !== undefined) throw error;
}

async function lock(db: Transaction<unknown>, log: Log | undefined): Promise<void> {
  const { rows } = await sql<{ is_locked: boolean }>`
    SELECT pg_try_advisory_xact_lock(${LOCK_ID}::bigint) AS is_locked`.execute(db);
  if (rows[0]?.is_locked) return;
  log?.info('another server is migrating the database; waiting');
  await sql`SELECT pg_advisory_xact_lock(${LOCK_ID}::bigint)`.execute(db);
}

/** Migrations of later releases that the database has. Throws if this release does not work with one of them. */
async function laterMigrations(
  db: Transaction<unknown>,
  migrations: Migrations,
  log: Log | undefined,
): Promise<Migrations> {
  const exists = await sql<{ exists: boolean }>`
    SELECT to_regclass('public.kysely_migration') IS NOT NULL AS exists`.execute(db);
  if (!exists.rows[0]?.exists) return {};
  const { rows } = await sql<{ name: string }>`SELECT name FROM public.kysely_migration`.execute(db);
  const last = Object.keys(migrations).sort().at(-1) ?? '';
  const later = rows.map(({ name }) => name).filter((name) => name > last);
  if (later.length === 0) return {};
  if (later.some((name) => BREAKING.test(name))) {
    throw new Error(
      `the database was migrated by a later release that this one does not work with (${later.join(', ')}); start the later one`,
    );
  }
  log?.warn({ migrations: later }, 'the database was migrated by a later release');
  return Object.fromEntries(later.map((name) => [name, { up: async () => {} }]));
}

const logged = (migrations: Migrations, log: Log | undefined): Migrations =>
  Object.fromEntries(
    Object.entries(migrations).map(([name, { up }]) => [
      name,
      {
        async up(db) {
          log?.info({ migration: name }, 'migrating the database');
          await up(db);
        },
      } satisfies Migration,
    ]),
  );

/** Disables Kysely's own lock, which belongs to the session. lock() takes one that belongs to the transaction. */
class MigrationDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new TransactionLockAdapter();
  }
}

class TransactionLockAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
