import { Kysely } from 'kysely';
import pg from 'pg';
import type { Schema } from '../schema.ts';
import { ConnectionPool } from './connection-pool.ts';
import { TransactionDialect, type TransactionTimeouts } from './transactions.ts';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Maximum wait for a free connection, and for the server to accept one. */
  readonly connectTimeoutMs: number;
  /** Maximum duration of a statement. */
  readonly statementTimeoutMs: number;
  /** Maximum wait for a lock in a transaction; then the statement fails with UNAVAILABLE. Default: only statementTimeoutMs. */
  readonly lockTimeoutMs?: number;
}

const types: pg.CustomTypesConfig = {
  // bigint as number: all ids and counts are far below 2^53
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * The longest time from BEGIN to COMMIT, after which Postgres ends the transaction; if the timeout of statements is longer (at
 * most 60 s), that is used instead. Well below the lifetime of a fence, so that a process that was stopped for long cannot commit
 * after its fence has expired. COMMIT itself is not limited: a slow disk or standby may delay it, and the lifetime of a fence
 * leaves minutes for that.
 */
const TRANSACTION_TIMEOUT_MS = 15_000;

/**
 * A pool of connections to the Postgres primary, directly or through a pooler. Transaction pooling works, because no
 * session state is used. The URL must not lead to a standby or a read-balancing pooler.
 */
export function openDatabase(options: DatabaseOptions): PooledDatabase {
  const { url, poolSize, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs = 0 } = options;
  const pool = new ConnectionPool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    // Longer than statement_timeout in transactions, so that Postgres ends the statement and the connection stays usable.
    query_timeout: statementTimeoutMs + 1_000,
    application_name: 'auth-server',
    types,
  });
  const timeouts = {
    statementTimeoutMs,
    lockTimeoutMs,
    idleTimeoutMs: TRANSACTION_TIMEOUT_MS,
    timeoutMs: Math.max(TRANSACTION_TIMEOUT_MS, statementTimeoutMs),
  };
  return new PooledDatabase(pool, timeouts);
}

export class PooledDatabase extends Kysely<Schema> {
  readonly pool: Pick<ConnectionPool, 'use' | 'waits'>;

  constructor(pool: ConnectionPool, timeouts: TransactionTimeouts) {
    super({ dialect: new TransactionDialect(pool, timeouts) });
    this.pool = pool;
  }
}
