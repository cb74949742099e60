import type { Pool } from 'pg';

/** The columns and the primary key of webhook_deliveries, without its foreign keys, checks and other indexes. */
const TABLE = `
  CREATE TABLE bench_bare_rows (
    id uuid PRIMARY KEY DEFAULT uuidv7(), event_id uuid NOT NULL, hook_id uuid NOT NULL, app_id bigint NOT NULL,
    status text NOT NULL, failures smallint NOT NULL, next_attempt_at timestamptz, created_at timestamptz NOT NULL)`;
const INSERT = `
  INSERT INTO bench_bare_rows (event_id, hook_id, app_id, status, failures, next_attempt_at, created_at)
  SELECT $1, $1, 1, 'pending', 0, now(), now() FROM generate_series(1, $2::integer)`;
const ID = '01890000-0000-7000-8000-000000000000';

/** Inserts with the minimum work for Postgres: the baseline of benchmarks that insert or commit. */
export class BareInserts {
  readonly #db: Pool;

  private constructor(db: Pool) {
    this.#db = db;
  }

  static async prepare(db: Pool): Promise<BareInserts> {
    await db.query('DROP TABLE IF EXISTS bench_bare_rows');
    await db.query(TABLE);
    return new BareInserts(db);
  }

  /** Inserts the rows in one statement and transaction. */
  async insert(rows: number): Promise<void> {
    await this.#db.query({ name: 'bare-insert', text: INSERT, values: [ID, rows] });
  }
}
