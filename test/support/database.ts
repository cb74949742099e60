import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { inject } from 'vitest';
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

  /** Ends its sessions, so that a leaked pool does not keep it. */
  async drop(): Promise<void> {
    await Promise.all([this.tables.close(), ...this.#pools.map((pool) => pool.destroy())]);
    await asAdmin(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

export async function cloneDatabase(): Promise<ClonedDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // For a small template without fsync, copying files takes half the time of logging pages.
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${inject('templateDatabase')} STRATEGY file_copy`);
  return new ClonedDatabase(name);
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
