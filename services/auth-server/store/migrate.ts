import { setTimeout } from 'node:timers/promises';
import { Kysely, PostgresAdapter, PostgresDialect, sql, type Transaction } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Log } from '#common/process/log.ts';
import { migrations as ownMigrations } from './migrations/index.ts';

type Migrations = Readonly<Record<string, Migration>>;

const CONNECT_TIMEOUT_MS = 10_000;
/** Held while a server migrates, until it commits. Kysely's own id, under which earlier releases lock. */
const LOCK_ID = '3853314791062309107';
/** A migration that waits for a table holds up everybody who comes after it, so it gives way and tries again. */
const TABLE_LOCK_TIMEOUT = '5s';
const RETRY_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';
/** So end the names of migrations after which earlier releases must not serve. */
const BREAKING = /-breaking$/;

/**
 * Brings the database to the newest schema, in `public`, whatever search_path is; on a connection without the bounds of
 * requests, because a migration takes as long as there are rows. Servers may start together: one migrates, the others wait.
 * A schema that a later release has migrated is left as it is.
 */
export async function migrateToLatest(databaseUrl: string, log?: Log, migrations: Migrations = ownMigrations) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'auth-server migrations',
  });
  // The query that needs the connection rejects when it breaks.
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new MigrationDialect({ pool }) });
  try {
    while (!(await isMigrated(db, migrations, log))) await setTimeout(RETRY_MS);
  } finally {
    await db.destroy();
  }
}

/** False: a table could not be locked in time. */
async function isMigrated(db: Kysely<unknown>, migrations: Migrations, log: Log | undefined): Promise<boolean> {
  try {
    const transaction = db.transaction().setIsolationLevel('read committed');
    await transaction.execute((within) => migrateWithin(within, migrations, log));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    log?.warn('a table that a migration needs is in use; trying again');
    return false;
  }
}

/** All in one transaction: a pooler may give the next one another session, and half of a release is no schema. */
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
  log?.info('another server migrates the database; waiting for it');
  await sql`SELECT pg_advisory_xact_lock(${LOCK_ID}::bigint)`.execute(db);
}

/** Those of later releases, which are in the database and not in this one. Throws if one says that we must not serve. */
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
    throw new Error(`the database is of a later release, with which this one does not work: ${later.join(', ')}`);
  }
  log?.warn({ migrations: later }, 'the database is of a later release');
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

/** The lock is the transaction's: what Kysely would lock and unlock is the session's. */
class MigrationDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new TransactionLockAdapter();
  }
}

class TransactionLockAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
