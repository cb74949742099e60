import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { ConnectionPool } from './connection-pool.ts';
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

/** The bounds of every session, in case its client stands still or vanishes in the middle of a transaction. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const TRANSACTION_TIMEOUT_MS = 30_000;

/** The pool of connections to the Postgres primary. Never point it at a standby or a read-balancing pooler. */
export function openDatabase(options: DatabaseOptions): Kysely<Schema> {
  const pool = new ConnectionPool({
    Client: PreparingClient,
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + 1_000, // a hung server is noticed by us if it cannot notice itself
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    options: `-c transaction_timeout=${Math.max(TRANSACTION_TIMEOUT_MS, options.statementTimeoutMs)}`,
    application_name: 'auth-server',
    types,
  });
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}
