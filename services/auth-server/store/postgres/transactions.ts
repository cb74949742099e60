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
import type { PooledConnection, WaitingResult, WaitingStatement } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Statement } from './segment.ts';

/** Bounds of every transaction, in case its client stands still or vanishes in the middle of it. All in ms. */
export interface TransactionBounds {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** From BEGIN to COMMIT. */
  readonly timeoutMs: number;
}

/**
 * Postgres, with transactions that say themselves what they need: nothing is left to ALTER DATABASE, ALTER ROLE or to what
 * another client of a pooler has set. The exception is default_transaction_read_only: whoever sets it means it.
 */
export class TransactionDialect implements Dialect {
  readonly #driver: Driver;

  constructor(pool: ConnectionPool, bounds: TransactionBounds) {
    this.#driver = new TransactionDriver(pool, bounds);
  }

  createDriver = (): Driver => this.#driver;
  createQueryCompiler = () => new PostgresQueryCompiler();
  createAdapter = () => new PostgresAdapter();
  createIntrospector = (db: Kysely<unknown>) => new PostgresIntrospector(db);
}

class TransactionDriver implements Driver {
  readonly #pool: ConnectionPool;
  readonly #settings: Statement;

  constructor(pool: ConnectionPool, bounds: TransactionBounds) {
    this.#pool = pool;
    this.#settings = settingsOf(bounds);
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<PooledConnection> {
    return this.#pool.connect();
  }

  /**
   * READ COMMITTED unless another level is asked for: each statement must see what was committed while locks were waited for.
   * Costs no round trip: it goes with the first statement.
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
 * Set until the end of the transaction. A transaction_timeout that is running already can only be switched off and started
 * anew. What is acknowledged has to survive a crash of Postgres, so a commit waits for the disk.
 */
function settingsOf({ statementTimeoutMs, lockTimeoutMs, idleTimeoutMs, timeoutMs }: TransactionBounds): Statement {
  const settings = {
    search_path: 'public, pg_temp',
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleTimeoutMs,
  };
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  // One text of them all: a row of many columns would cost more than what they do.
  return {
    sql: `SELECT concat(${set.join(', ')},
      set_config('transaction_timeout', '0', true), set_config('transaction_timeout', '${timeoutMs}', true),
      set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true))`,
    parameters: [],
  };
}

/**
 * Sends a statement with the next one of its transaction, at the latest with COMMIT, so that it costs no round trip. For
 * what nobody waits for; if it fails, so does what it was sent with. Outside a transaction it is sent at once.
 */
export async function sendWithNext(db: Kysely<Schema>, statement: RawBuilder<unknown>): Promise<void> {
  if (db.isTransaction) await queryWithNext(db, statement);
  else await statement.execute(db);
}

/** The same for a statement of a transaction whose rows are asked for later. */
export async function queryWithNext<R>(
  transaction: Kysely<Schema>,
  statement: RawBuilder<R>,
): Promise<() => Promise<readonly R[]>> {
  const waiting: WaitingStatement = { ...statement.compile(transaction), waits: true };
  const { later } = (await transaction.executeQuery(waiting)) as unknown as WaitingResult;
  return later as () => Promise<readonly R[]>;
}
