import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type pg from 'pg';
import { Operation, OperationCache } from '#common/observe/operation.ts';
import { activeSpan, inSpan } from '#common/observe/trace-context.ts';
import { asStoreError, isReadTimeout, keepsSession } from './errors.ts';
import type { SessionClient } from './session.ts';
import { type Statement, StatementBatch } from './statement-batch.ts';

/** A statement that is sent with the next one of its transaction. */
export interface DeferredStatement extends CompiledQuery {
  readonly isDeferred: true;
}

/** The result of executeQuery for a deferred statement. */
export interface DeferredResult extends QueryResult<unknown> {
  /** The rows of the statement. Sends all deferred statements first if it has not been sent. */
  fetchRows(): Promise<readonly unknown[]>;
}

interface Deferred extends Statement {
  onResult(result: pg.QueryResult): void;
  onError(error: unknown): void;
}

const POSTGRESQL = { 'db.system.name': 'postgresql' };
const OPERATIONS = new OperationCache();
const COMMIT: Statement = { sql: 'COMMIT', parameters: [] };
const ROLLBACK: Statement = { sql: 'ROLLBACK', parameters: [] };
const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/**
 * A connection taken from the pool. Deferred statements, BEGIN among them, are sent before the next statement, in the same
 * round trip.
 */
export class PooledConnection implements DatabaseConnection {
  readonly #client: SessionClient & pg.PoolClient;
  #deferred: Deferred[] = [];
  /** Whether a transaction may be open: BEGIN was sent, and neither COMMIT nor ROLLBACK has succeeded. */
  #isInTransaction = false;
  /** The error after which the state of the session is unknown. */
  #failure: unknown;
  /** Whether a statement other than COMMIT timed out. The server may still execute it, so it is cancelled. */
  #hasTimedOutStatement = false;

  constructor(client: SessionClient & pg.PoolClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery | DeferredStatement): Promise<QueryResult<R>> {
    if ('isDeferred' in query) return this.#defer(query) as unknown as QueryResult<R>;
    const { command, rowCount, rows } = await this.#send(query);
    return { rows, ...(WRITES.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
  }

  streamQuery(): never {
    throw new Error('cursors are not supported');
  }

  /** `statements`: BEGIN, and the settings of the transaction. */
  begin(statements: readonly Statement[]): void {
    for (const statement of statements) this.#deferred.push({ ...statement, onResult: () => {}, onError: () => {} });
  }

  /** Throws the error of COMMIT, or of a deferred statement that is sent with it. */
  async commit(): Promise<void> {
    const { command } = await this.#send(COMMIT);
    this.#isInTransaction = false;
    // Postgres responds with ROLLBACK if an earlier statement of the transaction failed.
    if (command === 'ROLLBACK') throw new Error('the transaction was rolled back because a statement failed');
  }

  /** Never throws. If it fails, the connection is not used again. */
  async rollback(): Promise<void> {
    const rolledBack = new Error('the transaction was rolled back');
    for (const { onError } of this.#deferred.splice(0)) onError(rolledBack);
    if (this.#isInTransaction) await this.#send(ROLLBACK).catch((error) => (this.#failure ??= error));
    this.#isInTransaction = false;
  }

  release(): void {
    if (this.#hasTimedOutStatement) this.#client.cancelStatement().finally(() => this.#client.release(true));
    else this.#client.release(this.#failure !== undefined);
  }

  #defer({ sql, parameters }: DeferredStatement): DeferredResult {
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
    promise.catch(() => {}); // handled by the statement that is sent with this one, which fails too
    const deferred: Deferred = { sql, parameters, onResult: ({ rows }) => resolve(rows), onError: reject };
    this.#deferred.push(deferred);
    const fetchRows = async () => {
      if (this.#deferred.includes(deferred)) await this.#send();
      return promise;
    };
    return { rows: [], fetchRows };
  }

  /**
   * Sends the deferred statements and then `statement`; returns the last result. Once `#failure` is set nothing is sent, not even
   * ROLLBACK, which would wait behind a statement that hangs.
   */
  async #send(statement?: Statement): Promise<pg.QueryResult> {
    const deferred = this.#deferred.splice(0);
    try {
      if (this.#failure !== undefined) throw this.#failure;
      // BEGIN is the first statement that is deferred.
      this.#isInTransaction ||= deferred.length > 0;
      const results = await this.#execute(statement === undefined ? deferred : [...deferred, statement]);
      for (const [index, { onResult }] of deferred.entries()) onResult(results[index] as pg.QueryResult);
      return results.at(-1) as pg.QueryResult;
    } catch (error) {
      const storeError = asStoreError(error);
      if (!keepsSession(error)) this.#failure ??= storeError;
      this.#hasTimedOutStatement ||= isReadTimeout(error) && statement !== COMMIT;
      for (const { onError } of deferred) onError(storeError);
      throw storeError;
    }
  }

  #execute(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    if (activeSpan() === undefined) return this.#query(statements);
    const commands = statements.map(({ sql }) => /\w+/.exec(sql)?.[0].toUpperCase());
    const name = `postgresql ${commands.join(' ')}`;
    const operation = OPERATIONS.of(name, () => new Operation(name, POSTGRESQL));
    return inSpan(operation, () => this.#query(statements));
  }

  #query(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    return new Promise((resolve, reject) => {
      const onEnd = (error: unknown, results: pg.QueryResult[]) =>
        error === undefined ? resolve(results) : reject(error);
      this.#client.query(new StatementBatch(statements, onEnd));
    });
  }
}
