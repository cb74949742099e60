import { type DatabaseOptions, openDatabase, type PooledDatabase } from './database.ts';

const LOCK_TIMEOUT_MS = 5_000;
/** Short, because the token endpoint has few connections and its clients can retry. */
const GRANT_LOCK_TIMEOUT_MS = 250;

export interface DatabasesOptions extends Omit<DatabaseOptions, 'lockTimeoutMs'> {
  readonly grantPoolSize: number;
  readonly tokenStatePoolSize: number;
}

/** Separate pools of one database, so that no kind of work waits for the connections of another. */
export interface Databases {
  /** For all that does not use the pools below, including revocations. */
  readonly main: PooledDatabase;
  /** For the token endpoint. */
  readonly grants: PooledDatabase;
  /**
   * For reads of token states and the readiness probe, which must not wait behind changes that hold connections while they
   * wait for a lock.
   */
  readonly tokenStates: PooledDatabase;
  close(): Promise<void>;
}

export function openDatabases({ poolSize, grantPoolSize, tokenStatePoolSize, ...shared }: DatabasesOptions): Databases {
  const main = openDatabase({ ...shared, poolSize, lockTimeoutMs: LOCK_TIMEOUT_MS });
  const grants = openDatabase({ ...shared, poolSize: grantPoolSize, lockTimeoutMs: GRANT_LOCK_TIMEOUT_MS });
  const tokenStates = openDatabase({ ...shared, poolSize: tokenStatePoolSize });
  return {
    main,
    grants,
    tokenStates,
    async close() {
      await Promise.all([main, grants, tokenStates].map((db) => db.destroy()));
    },
  };
}
