import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { type beforeAll, type beforeEach, inject, onTestFinished } from 'vitest';
import { type DatabaseOptions, openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { Tables } from './tables.ts';

/** A migrated, empty database. */
export class ClonedDatabase {
  readonly url: string;
  readonly name: string;
  readonly tables: Tables;
  readonly #pools: Kysely<Schema>[] = [];

  constructor(name: string) {
    const url = new URL(inject('databaseAdminUrl'));
    url.pathname = name;
    this.url = url.href;
    this.name = name;
    this.tables = new Tables(this.url);
  }

  /** A pool that `drop` closes, by default of 2 connections. */
  open(options: Partial<DatabaseOptions> = {}): Kysely<Schema> {
    const defaults = { url: this.url, poolSize: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 30_000 };
    const pool = openDatabase({ ...defaults, ...options });
    this.#pools.push(pool);
    return pool;
  }

  /** Closes its pools and drops the database, even if another session is open. */
  async drop(): Promise<void> {
    await Promise.all([this.tables.close(), ...this.#pools.map((pool) => pool.destroy())]);
    await asAdmin(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

export async function cloneDatabase(): Promise<ClonedDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // For a small template without fsync, file_copy takes half the time of the default, which writes every page to the WAL.
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${inject('templateDatabase')} STRATEGY file_copy`);
  return new ClonedDatabase(name);
}

/** A database, and a pool of connections to it. */
interface DatabaseBed {
  readonly cloned: ClonedDatabase;
  readonly tables: Tables;
  readonly db: Kysely<Schema>;
}

/** A database for each test of a file, or for all of them. The properties are set when tests run. */
export function databaseBed(before: typeof beforeAll | typeof beforeEach, options: Partial<DatabaseOptions> = {}) {
  const bed = {} as { -readonly [Part in keyof DatabaseBed]: DatabaseBed[Part] };
  before(async () => {
    bed.cloned = await cloneDatabase();
    bed.tables = bed.cloned.tables;
    bed.db = bed.cloned.open(options);
    return () => bed.cloned.drop();
  });
  return bed as DatabaseBed;
}

/** A database session of another client, for example to hold locks. It ends after the test. */
export async function openSession(databaseUrl: string): Promise<Client> {
  const session = new Client({ connectionString: databaseUrl });
  session.on('error', () => {}); // each query reports its own failure
  await session.connect();
  onTestFinished(() => session.end());
  return session;
}

async function asAdmin(statement: string): Promise<void> {
  const admin = new Client({ connectionString: inject('databaseAdminUrl') });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
