import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { asConnectError, asStoreError, leavesSessionKnown } from './errors.ts';
import { SessionClient } from './session.ts';

/**
 * A pool that never hands out a connection whose state it does not know. pg gives a client back as healthy when a query
 * of it has timed out. What was under way may still arrive: a late BEGIN would swallow the statements of the next user,
 * who is told that they are done. And a connection to a host that has vanished would time out for ever.
 *
 * Errors are those of the contract (errors.ts). A statement that has timed out here is cancelled in the server, too:
 * statement_timeout would have to be set in the session, which a transaction-mode pooler does not keep.
 */
export class ConnectionPool implements PostgresPool {
  readonly #pool: pg.Pool;

  constructor(options: pg.PoolConfig) {
    this.#pool = new pg.Pool({ ...options, Client: SessionClient });
    // A connection that breaks is the business of the query that needs it, which rejects. The pool listens to idle ones
    // alone; an 'error' event of one that is in use, between two queries, would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  get options(): object {
    return this.#pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw asConnectError(error);
    });
    return new PooledConnection(client as SessionClient & pg.PoolClient);
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

/** A connection for one user, from the pool and back, or to its end. */
class PooledConnection implements PostgresPoolClient {
  readonly #client: SessionClient & pg.PoolClient;
  #doubt: unknown;
  #stillRuns = false;

  constructor(client: SessionClient & pg.PoolClient) {
    this.#client = client;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(sql: unknown, parameters?: readonly unknown[]): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof sql !== 'string') throw new Error('cursors are not used here');
    return this.#query<R>(sql, parameters ?? []);
  }

  release(destroy = false): void {
    if (this.#stillRuns) this.#client.cancelStatement().finally(() => this.#client.release(true));
    else this.#client.release(destroy || this.#doubt !== undefined);
  }

  /** Once in doubt nothing more is sent, not even a ROLLBACK: it would wait behind what hangs. */
  async #query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#doubt !== undefined) throw this.#doubt;
    try {
      return (await this.#client.query(sql, [...parameters])) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      const storeError = asStoreError(error);
      if (!leavesSessionKnown(error)) this.#doubt = storeError;
      this.#stillRuns = isReadTimeout(error) && !isCommit(sql);
      throw storeError;
    }
  }
}

const isReadTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';

/** A COMMIT that waits for a synchronous standby must not be cancelled: it would be visible before it is safe. */
const isCommit = (sql: string): boolean => sql === 'commit';
