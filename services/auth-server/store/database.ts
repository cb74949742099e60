import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { PreparingClient } from './prepared-statements.ts';
import type { Schema } from './schema.ts';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The longest wait for a free connection, and for the server to accept one. */
  readonly connectTimeoutMs: number;
  /** The longest that one statement may take. */
  readonly statementTimeoutMs: number;
}

const types: pg.CustomTypesConfig = {
  // bigint as number: every id and count here is far below 2^53
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

/** The pool of connections to the Postgres primary. Never point it at a standby or a read-balancing pooler. */
export function openDatabase(options: DatabaseOptions): Kysely<Schema> {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + 1_000, // a hung server is noticed by us if it cannot notice itself
    application_name: 'auth-server',
    types,
  });
  // A connection that breaks is the business of the query that needs it, which rejects. The pool listens to idle ones
  // alone; an 'error' event of one that is in use, between two queries, would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}
