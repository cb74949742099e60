import pg from 'pg';
import { PooledConnection } from './connection.ts';
import { asConnectError } from './errors.ts';
import { SessionClient } from './session.ts';

/**
 * A pool that never hands out a connection whose state it does not know. pg gives a client back as healthy when a query
 * of it has timed out. What was under way may still arrive: a late BEGIN would swallow the statements of the next user,
 * who is told that they are done. And a connection to a host that has vanished would time out for ever.
 *
 * Errors are those of the contract (errors.ts). A statement that has timed out here is cancelled in the server, too:
 * statement_timeout would have to be set in the session, which a transaction-mode pooler does not keep.
 */
export class ConnectionPool {
  readonly #pool: pg.Pool;

  constructor(options: pg.PoolConfig) {
    this.#pool = new pg.Pool({ ...options, Client: SessionClient });
    // A connection that breaks is the business of the query that needs it, which rejects. The pool listens to idle ones
    // alone; an 'error' event of one that is in use, between two queries, would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async connect(): Promise<PooledConnection> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw asConnectError(error);
    });
    return new PooledConnection(client as SessionClient & pg.PoolClient);
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}
