import {
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  type TransactionSettings,
} from 'kysely';
import type { Schema } from '../schema.ts';
import type { DeferredResult, DeferredStatement, PooledConnection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Statement } from './statement-batch.ts';

/** Timeouts of each transaction, in ms. They end transactions whose client hangs or disappears. */
export interface TransactionTimeouts {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** From BEGIN to COMMIT. */
  readonly timeoutMs: number;
}

/**
 * A Postgres dialect whose transactions set all settings that they rely on, so that ALTER DATABASE, ALTER ROLE and other
 * clients of a pooler do not affect them. It leaves default_transaction_read_only, which an operator sets on purpose.
 */
export class TransactionDialect implements Dialect {
  readonly #driver: Driver;

  constructor(pool: ConnectionPool, timeouts: TransactionTimeouts) {
    this.#driver = new TransactionDriver(pool, timeouts);
  }

  createDriver = (): Driver => this.#driver;
  createQueryCompiler = () => new PostgresQueryCompiler();
  createAdapter = () => new PostgresAdapter();
  createIntrospector = (db: Kysely<unknown>) => new PostgresIntrospector(db);
}

class TransactionDriver implements Driver {
  readonly #pool: ConnectionPool;
  readonly #settings: Statement;

  constructor(pool: ConnectionPool, timeouts: TransactionTimeouts) {
    this.#pool = pool;
    this.#settings = settingsOf(timeouts);
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<PooledConnection> {
    return this.#pool.connect();
  }

  /**
   * READ COMMITTED by default, so that the statements after a wait for locks see what was committed meanwhile. Needs no round
   * trip: BEGIN is sent with the first statement.
   */
  async beginTransaction(connection: PooledConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel = 'read committed', accessMode = '' } = settings;
    connection.begin([
      { sql: `BEGIN ISOLATION LEVEL ${isolationLevel} ${accessMode}`, parameters: [] },
      this.#settings,
    ]);
  }

  commitTransaction(connection: PooledConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: PooledConnection): Promise<void> {
    return connection.rollback();
  }

  async releaseConnection(connection: PooledConnection): Promise<void> {
    connection.release();
  }

  destroy(): Promise<void> {
    return this.#pool.end();
  }
}

/**
 * Settings until the end of the transaction. A running transaction_timeout cannot be changed, so it is disabled first. Commits
 * wait for the disk, so that no acknowledged change is lost in a crash of Postgres.
 */
function settingsOf({ statementTimeoutMs, lockTimeoutMs, idleTimeoutMs, timeoutMs }: TransactionTimeouts): Statement {
  const settings = {
    search_path: 'public, pg_temp',
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleTimeoutMs,
  };
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  // concat() because a result with many columns would cost more than the settings.
  return {
    sql: `SELECT concat(${set.join(', ')},
      set_config('transaction_timeout', '0', true), set_config('transaction_timeout', '${timeoutMs}', true),
      set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true))`,
    parameters: [],
  };
}

/**
 * Sends a statement, whose result is not needed, together with the next statement of its transaction, at the latest with
 * COMMIT. If the first one fails, the other one fails too. Outside a transaction, sends the statement at once.
 */
export async function sendWithNext(db: Kysely<Schema>, statement: RawBuilder<unknown>): Promise<void> {
  if (db.isTransaction) await queryWithNext(db, statement);
  else await statement.execute(db);
}

/** Like sendWithNext, for a statement whose rows are needed later; only in a transaction. Returns a function that gets them. */
export async function queryWithNext<R>(
  transaction: Kysely<Schema>,
  statement: RawBuilder<R>,
): Promise<() => Promise<readonly R[]>> {
  const deferred: DeferredStatement = { ...statement.compile(transaction), isDeferred: true };
  const { fetchRows } = (await transaction.executeQuery(deferred)) as unknown as DeferredResult;
  return fetchRows as () => Promise<readonly R[]>;
}
