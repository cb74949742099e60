import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type pg from 'pg';
import { asStoreError, leavesSessionKnown } from './errors.ts';
import { Segment, type Statement } from './segment.ts';
import type { SessionClient } from './session.ts';

/** A statement that waits for the next one of its transaction, and is sent with it. */
export interface WaitingStatement extends CompiledQuery {
  readonly waits: true;
}

/** What executeQuery() says of one: nothing yet. */
export interface WaitingResult extends QueryResult<unknown> {
  /** Its rows, once it has been sent and answered; sends what waits, if that has not happened. */
  later(): Promise<readonly unknown[]>;
}

interface Waiting extends Statement {
  answered(result: pg.QueryResult): void;
  failed(error: unknown): void;
}

const COMMIT: Statement = { sql: 'COMMIT', parameters: [] };
const ROLLBACK: Statement = { sql: 'ROLLBACK', parameters: [] };
const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/**
 * A connection for one user, from the pool and back, or to its end. What waits is sent before the next statement, in one
 * round trip with it; BEGIN always waits.
 */
export class PooledConnection implements DatabaseConnection {
  readonly #client: SessionClient & pg.PoolClient;
  #waiting: Waiting[] = [];
  /** BEGIN has been sent, and neither COMMIT nor ROLLBACK. */
  #isOpen = false;
  #doubt: unknown;
  #stillRuns = false;

  constructor(client: SessionClient & pg.PoolClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery | WaitingStatement): Promise<QueryResult<R>> {
    if ('waits' in query) return this.#wait(query) as unknown as QueryResult<R>;
    const { command, rowCount, rows } = await this.#send(query);
    return { rows, ...(WRITES.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
  }

  streamQuery(): never {
    throw new Error('cursors are not used here');
  }

  /** `statements`: BEGIN, and what else stands before the first statement. */
  begin(statements: readonly Statement[]): void {
    for (const statement of statements) this.#waiting.push({ ...statement, answered: () => {}, failed: () => {} });
  }

  /** Throws what COMMIT, or a statement that was sent with it, has failed with. */
  async commit(): Promise<void> {
    const { command } = await this.#send(COMMIT);
    this.#isOpen = false;
    // What Postgres says to the COMMIT of a transaction in which a statement has failed before.
    if (command === 'ROLLBACK') throw new Error('the transaction was rolled back, since a statement of it has failed');
  }

  /** Never throws: a connection on which that fails is not used again. */
  async rollback(): Promise<void> {
    const rolledBack = new Error('the transaction was rolled back');
    for (const { failed } of this.#waiting.splice(0)) failed(rolledBack);
    if (this.#isOpen) await this.#send(ROLLBACK).catch((error) => (this.#doubt ??= error));
    this.#isOpen = false;
  }

  release(): void {
    if (this.#stillRuns) this.#client.cancelStatement().finally(() => this.#client.release(true));
    else this.#client.release(this.#doubt !== undefined);
  }

  #wait({ sql, parameters }: WaitingStatement): WaitingResult {
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
    promise.catch(() => {}); // what it was sent with fails, too
    const waiting: Waiting = { sql, parameters, answered: ({ rows }) => resolve(rows), failed: reject };
    this.#waiting.push(waiting);
    const later = async () => {
      if (this.#waiting.includes(waiting)) await this.#send();
      return promise;
    };
    return { rows: [], later };
  }

  /**
   * Sends what waits and then the statement; returns the result of the last. Once in doubt nothing more is sent, not even a
   * ROLLBACK: it would wait behind what hangs.
   */
  async #send(statement?: Statement): Promise<pg.QueryResult> {
    const waiting = this.#waiting.splice(0);
    try {
      if (this.#doubt !== undefined) throw this.#doubt;
      this.#isOpen ||= waiting.length > 0;
      const results = await this.#exchange(statement === undefined ? waiting : [...waiting, statement]);
      for (const [index, { answered }] of waiting.entries()) answered(results[index] as pg.QueryResult);
      return results.at(-1) as pg.QueryResult;
    } catch (error) {
      const storeError = asStoreError(error);
      if (!leavesSessionKnown(error)) this.#doubt ??= storeError;
      this.#stillRuns ||= isReadTimeout(error) && statement !== COMMIT;
      for (const { failed } of waiting) failed(storeError);
      throw storeError;
    }
  }

  #exchange(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    return new Promise((resolve, reject) => {
      const onEnd = (error: unknown, results: pg.QueryResult[]) =>
        error === undefined ? resolve(results) : reject(error);
      this.#client.query(new Segment(statements, onEnd));
    });
  }
}

const isReadTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';
