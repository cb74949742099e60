import pg from 'pg';
import { Histogram } from '#common/observe/histogram.ts';
import { PooledConnection } from './connection.ts';
import { asConnectError } from './errors.ts';
import { SessionClient } from './session.ts';

/**
 * A pool that never reuses a connection in an unknown state. pg treats a client as healthy after a query timed out, but the
 * server may still execute that query: a late BEGIN would include the statements of the next user in a transaction that is
 * never committed. A connection to a host that has disappeared would time out for every user.
 *
 * Errors are converted by errors.ts. A statement other than COMMIT that times out in pg is also cancelled in the server: outside
 * transactions it has no statement_timeout, which would need session state that a transaction-mode pooler does not keep.
 */
export class ConnectionPool {
  /** How long callers waited for a connection, including waits that failed. */
  readonly waits = new Histogram();
  readonly #pool: pg.Pool;

  constructor(options: pg.PoolConfig) {
    this.#pool = new pg.Pool({ ...options, Client: SessionClient });
    // A broken connection rejects its next query. pg-pool listens only to idle connections; an unhandled 'error' event of
    // one in use would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async connect(): Promise<PooledConnection> {
    const startedAt = performance.now();
    const client = await this.#pool
      .connect()
      .catch((error: unknown) => {
        throw asConnectError(error);
      })
      .finally(() => this.waits.observe(performance.now() - startedAt));
    return new PooledConnection(client as SessionClient & pg.PoolClient);
  }

  /** The numbers of connections in use or being opened, of idle ones, and of callers that wait for a connection. */
  get use(): { readonly used: number; readonly idle: number; readonly waiters: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { used: totalCount - idleCount, idle: idleCount, waiters: waitingCount };
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}
