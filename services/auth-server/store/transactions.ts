import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';

/** Bounds of every transaction, in case its client stands still or vanishes in the middle of it. */
export interface TransactionBounds {
  readonly statementTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** From BEGIN to COMMIT. */
  readonly timeoutMs: number;
}

/**
 * Postgres, with transactions that say themselves what they need: nothing is left to ALTER DATABASE, ALTER ROLE or to what
 * another client of a pooler has set. The exception is default_transaction_read_only: whoever sets it means it.
 */
export class TransactionDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  readonly #bounds: TransactionBounds;

  constructor(config: PostgresDialectConfig, bounds: TransactionBounds) {
    super(config);
    this.#config = config;
    this.#bounds = bounds;
  }

  override createDriver(): Driver {
    return new TransactionDriver(this.#config, this.#bounds);
  }
}

class TransactionDriver extends PostgresDriver {
  readonly #settings: string;

  constructor(config: PostgresDialectConfig, { statementTimeoutMs, idleTimeoutMs, timeoutMs }: TransactionBounds) {
    super(config);
    this.#settings = setLocal({
      search_path: 'public, pg_temp',
      statement_timeout: statementTimeoutMs,
      lock_timeout: 0,
      idle_in_transaction_session_timeout: idleTimeoutMs,
      transaction_timeout: timeoutMs,
    });
  }

  /**
   * READ COMMITTED unless another level is asked for: each statement must see what was committed while locks were waited for.
   * One message, so one round trip.
   */
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel = 'read committed', accessMode } = settings;
    const begin = `begin isolation level ${isolationLevel}${accessMode === undefined ? '' : ` ${accessMode}`}`;
    try {
      await connection.executeQuery(CompiledQuery.raw(`${begin}; ${this.#settings}`));
    } catch (error) {
      // It may have begun: the next user of the connection would find the transaction aborted.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {});
      throw error;
    }
  }
}

/** A transaction_timeout that is running already can only be switched off and started anew. */
const setLocal = (settings: Readonly<Record<string, string | number>>): string =>
  ['transaction_timeout = 0', ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`)]
    .map((setting) => `set local ${setting}`)
    .join('; ');
