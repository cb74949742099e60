import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import { serialize } from 'pg-protocol';

/** One statement with its parameters, `$1` and so on. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What pg.Connection has besides its types. */
interface Wire {
  readonly stream: { write(bytes: Buffer): void };
}

const SYNC = serialize.sync();

/**
 * Statements that go to the server together and are answered together: one round trip. The server runs them one after
 * another, each with a snapshot of its own, and after an error none that follows, since there is one Sync behind all of
 * them (PostgreSQL's protocol, section "Extended Query"). So a statement never runs outside the transaction whose BEGIN
 * stands before it.
 */
export class Segment extends pg.Query {
  readonly #messages: Buffer;

  /** Throws for a parameter that has no form in Postgres. */
  constructor(statements: readonly Statement[], onEnd: (error: unknown, results: pg.QueryResult[]) => void) {
    super('', [], (error, results) => onEnd(error ?? undefined, [results as unknown as pg.QueryResult[]].flat()));
    this.#messages = Buffer.concat([...statements.flatMap(messagesOf), SYNC]);
  }

  override submit = (connection: unknown): void => {
    (connection as Wire).stream.write(this.#messages);
  };
}

const messagesOf = ({ sql, parameters }: Statement): Buffer[] => [
  serialize.parse({ name: '', text: sql, types: [] }),
  serialize.bind({ values: parameters.map(prepareValue) }),
  serialize.describe({ type: 'P' }),
  serialize.execute(),
];
