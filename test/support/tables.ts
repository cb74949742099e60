import pg from 'pg';
import { expect } from 'vitest';

/** Queries the database directly, without the services. */
export class Tables {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    this.#pool.on('error', () => {}); // the database may be dropped while a connection is idle
  }

  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(text, values)).rows;
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE ${where}`);
    return row?.count ?? 0;
  }

  /** The number of sessions that wait for a lock in this database. */
  waitingForLocks(): Promise<number> {
    return this.count('pg_stat_activity', "wait_event_type = 'Lock' AND datname = current_database()");
  }

  /** Ends all other client sessions in this database, and waits for each, at most 5 s. */
  async endSessions(): Promise<void> {
    await this.rows(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
  }

  /** The live pairs of an app in all organizations, once no app update is pending. */
  async livePairs(clientId: string): Promise<{ id: number; organization_id: string }[]> {
    await this.appsUpdated();
    return this.rows(
      `SELECT tokens.id, installs.organization_id FROM tokens
       JOIN installs ON installs.id = tokens.install_id JOIN apps ON apps.id = installs.app_id
       WHERE tokens.ended_at IS NULL AND apps.client_id = $1`,
      [clientId],
    );
  }

  /** Every row of every table as JSON text, by table, without the column `omittedColumn`. */
  async dump(omittedColumn = ''): Promise<Record<string, string[]>> {
    const found = await this.rows<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    const selects = found.map(
      ({ name }) => `SELECT '${name}' AS name, to_jsonb(t) - $1::text AS row FROM ${name} AS t`,
    );
    const rows = await this.rows<{ name: string; row: string }>(
      `SELECT name, row::text FROM (${selects.join(' UNION ALL ')}) AS everything ORDER BY name, row::text`,
      [omittedColumn],
    );
    const dump: Record<string, string[]> = Object.fromEntries(found.map(({ name }) => [name, []]));
    for (const { name, row } of rows) dump[name]?.push(row);
    return dump;
  }

  /** Waits until the installs of changed and deleted apps and of deleted organizations have been updated. */
  async appsUpdated(): Promise<void> {
    await expect.poll(() => this.count('pending_app_updates'), { timeout: 20_000 }).toBe(0);
  }

  /**
   * Runs the requests and fails if any row of any table differs afterwards. Ignores usage and failed requests, which are
   * recorded at any time. Waits first until no app update or invalidation is pending.
   */
  async unchangedBy<T>(requests: () => Promise<T>): Promise<T> {
    await this.appsUpdated();
    await expect.poll(() => this.count('pending_invalidations'), { timeout: 20_000 }).toBe(0);
    const dump = async () => {
      return { ...(await this.dump('last_used_at')), 'public.failed_requests': [], 'public.install_usage': [] };
    };
    const before = await dump();
    const result = await requests();
    expect(await dump()).toEqual(before);
    return result;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
