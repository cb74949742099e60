import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';

/**
 * A pool that never hands out a connection whose state it does not know. pg gives a client back as healthy when a query
 * of it has timed out. What was under way may still arrive: a late BEGIN would swallow the statements of the next user,
 * who is told that they are done. And a connection to a host that has vanished would time out for ever.
 */
export class ConnectionPool implements PostgresPool {
  readonly #pool: pg.Pool;

  constructor(options: pg.PoolConfig) {
    this.#pool = new pg.Pool(options);
    // A connection that breaks is the business of the query that needs it, which rejects. The pool listens to idle ones
    // alone; an 'error' event of one that is in use, between two queries, would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  get options(): object {
    return this.#pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    return new PooledConnection(await this.#pool.connect());
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

/** A connection for one user, from the pool and back, or to its end. */
class PooledConnection implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  #doubt: unknown;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(sql: unknown, parameters?: readonly unknown[]): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof sql !== 'string') throw new Error('cursors are not used here');
    return this.#query<R>(sql, parameters ?? []);
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#doubt !== undefined);
  }

  /** Once in doubt nothing more is sent, not even a ROLLBACK: it would wait behind what hangs. */
  async #query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#doubt !== undefined) throw this.#doubt;
    try {
      return (await this.#client.query(sql, [...parameters])) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      if (!leavesSessionKnown(error)) this.#doubt = error;
      throw error;
    }
  }
}

/** Whether the server itself has answered, and goes on listening. */
function leavesSessionKnown(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity !== 'FATAL';
}
