import { Kysely } from 'kysely';
import pg from 'pg';
import type { Schema } from '../schema.ts';
import { ConnectionPool } from './connection-pool.ts';
import { TransactionDialect } from './transactions.ts';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The longest wait for a free connection, and for the server to accept one. */
  readonly connectTimeoutMs: number;
  /** The longest that one statement may take. */
  readonly statementTimeoutMs: number;
  /** The longest wait for one lock, in a transaction; then UNAVAILABLE. Left out: as long as a statement. */
  readonly lockTimeoutMs?: number;
}

const types: pg.CustomTypesConfig = {
  // bigint as number: every id and count here is far below 2^53
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * From BEGIN to COMMIT; Postgres ends the transaction otherwise. Well below the life of a fence, so that no process, however
 * long it was stopped, commits a change behind an expired fence. What Postgres itself takes to commit (a disk or a synchronous
 * standby that stalls) is not bounded by it; the life of a fence leaves minutes for that.
 */
const TRANSACTION_TIMEOUT_MS = 15_000;

/**
 * The pool of connections to the Postgres primary, directly or through a pooler, also one that gives each transaction
 * another session: nothing is set in a session and relied on later. Never point it at a standby or a read-balancing pooler.
 */
export function openDatabase(options: DatabaseOptions): Kysely<Schema> {
  const { url, poolSize, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs = 0 } = options;
  const pool = new ConnectionPool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    // In a transaction Postgres itself ends the statement first, and the connection stays usable.
    query_timeout: statementTimeoutMs + 1_000,
    application_name: 'auth-server',
    types,
  });
  const bounds = {
    statementTimeoutMs,
    lockTimeoutMs,
    idleTimeoutMs: TRANSACTION_TIMEOUT_MS,
    timeoutMs: Math.max(TRANSACTION_TIMEOUT_MS, statementTimeoutMs),
  };
  return new Kysely<Schema>({ dialect: new TransactionDialect(pool, bounds) });
}
