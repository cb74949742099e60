import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import { serialize } from 'pg-protocol';

/** One statement with its parameters, `$1` and so on. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A part of pg.Connection that its types lack. */
interface ConnectionInternals {
  readonly stream: { write(bytes: Buffer): void };
}

const SYNC = serialize.sync();

/**
 * Statements that are sent in one round trip. The server executes them in order, in READ COMMITTED each with its own snapshot.
 * One Sync follows all of them, so after an error the server skips the rest (PostgreSQL protocol, section "Extended Query"); a
 * statement therefore never runs outside the transaction whose BEGIN precedes it.
 */
export class StatementBatch extends pg.Query {
  readonly #messages: Buffer;

  /** Throws for a parameter that pg cannot encode. */
  constructor(statements: readonly Statement[], onEnd: (error: unknown, results: pg.QueryResult[]) => void) {
    super('', [], (error, results) => onEnd(error ?? undefined, [results as unknown as pg.QueryResult[]].flat()));
    this.#messages = Buffer.concat([...statements.flatMap(messagesOf), SYNC]);
  }

  override submit = (connection: unknown): void => {
    (connection as ConnectionInternals).stream.write(this.#messages);
  };
}

const messagesOf = ({ sql, parameters }: Statement): Buffer[] => [
  serialize.parse({ name: '', text: sql, types: [] }),
  serialize.bind({ values: parameters.map(prepareValue) }),
  serialize.describe({ type: 'P' }),
  serialize.execute(),
];
