import pg from 'pg';

/** What Postgres says of a pair. */
export interface PairRow {
  readonly accessHash: string;
  readonly accessLive: boolean;
  readonly pairLive: boolean;
}

/** What Postgres says of a token, by a query of the tests' own. */
export type TokenTruth =
  | { readonly inactive: 'REVOKED' | 'SUSPENDED' | 'USER_NOT_MEMBER' }
  | { readonly subdomain: string; readonly role: string };

const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/**
 * Postgres, past the services and their proxies. What a change did whose answer was lost is read under the lock that the
 * change takes: a straggler that is still to commit holds it, so what is read is final.
 */
export class Truth {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 16, connectionTimeoutMillis: 5_000 });
    // A connection broke; the next query reports what matters.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** Repeats until Postgres answers, within a bound: it may be down when it is asked. `lock` is a key of take_locks. */
  async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = [], lock?: string): Promise<Row[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#once<Row>(text, values, lock);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** The pairs of an install's app and organization, in the order of their issue. */
  pairs(appId: number, organizationId: bigint): Promise<PairRow[]> {
    return this.rows(
      `SELECT encode(tokens.access_hash, 'hex') AS "accessHash",
              tokens.ended_at IS NULL AND tokens.access_revoked_at IS NULL AS "accessLive",
              tokens.ended_at IS NULL AS "pairLive"
       FROM tokens JOIN installs ON installs.id = tokens.install_id
       WHERE installs.app_id = $1 AND installs.organization_id = $2 ORDER BY tokens.id`,
      [appId, organizationId],
      `install:${appId}:${organizationId}`,
    );
  }

  async roleOf(organizationId: bigint, userId: number): Promise<string> {
    const rows = await this.rows<{ role: string }>(
      'SELECT role FROM memberships WHERE organization_id = $1 AND user_id = $2',
      [organizationId, userId],
      `user:${userId}`,
    );
    return rows[0]?.role ?? 'none';
  }

  async organization(id: bigint): Promise<{ subdomain: string; status: string }> {
    const rows = await this.rows<{ subdomain: string; status: string }>(
      'SELECT subdomain, status FROM organizations WHERE id = $1',
      [id],
      `organization:${id}`,
    );
    return rows[0] as { subdomain: string; status: string };
  }

  async appStatus(appId: number): Promise<string> {
    const rows = await this.rows<{ status: string }>('SELECT status FROM apps WHERE id = $1', [appId], `app:${appId}`);
    return rows[0]?.status ?? '';
  }

  async token(accessHash: string): Promise<TokenTruth> {
    const [row] = await this.rows<{ dead: boolean; suspended: boolean; subdomain: string; role: string | null }>(
      `SELECT tokens.ended_at IS NOT NULL OR tokens.access_revoked_at IS NOT NULL OR installs.status <> 'active' AS dead,
              'suspended' IN (apps.status, owner.status, target.status) AS suspended, target.subdomain, memberships.role
       FROM tokens JOIN installs ON installs.id = install_id JOIN apps ON apps.id = app_id
         JOIN organizations AS owner ON owner.id = owner_organization_id
         JOIN organizations AS target ON target.id = installs.organization_id
         LEFT JOIN memberships ON memberships.organization_id = target.id AND user_id = installed_by
       WHERE access_hash = decode($1, 'hex')`,
      [accessHash],
    );
    if (row === undefined) throw new Error(`Postgres does not have a token that was issued: ${accessHash}`);
    if (row.dead) return { inactive: 'REVOKED' };
    if (row.suspended) return { inactive: 'SUSPENDED' };
    return row.role === null ? { inactive: 'USER_NOT_MEMBER' } : { subdomain: row.subdomain, role: row.role };
  }

  async pendingDrops(): Promise<number> {
    const [row] = await this.rows<{ count: number }>('SELECT count(*)::int AS count FROM pending_invalidations');
    return row?.count ?? 0;
  }

  /** Installs with two live pairs, and apps with two live installs in one organization. */
  async doubles(): Promise<number> {
    const [row] = await this.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
         SELECT 1 FROM tokens WHERE ended_at IS NULL GROUP BY install_id HAVING count(*) > 1
         UNION ALL
         SELECT 1 FROM installs WHERE status = 'active' GROUP BY app_id, organization_id HAVING count(*) > 1
       ) AS doubles`,
    );
    return row?.count ?? 0;
  }

  async #once<Row extends pg.QueryResultRow>(text: string, values: unknown[], lock?: string): Promise<Row[]> {
    const client = await this.#pool.connect();
    let broken = true;
    try {
      await client.query('BEGIN');
      if (lock !== undefined) await client.query("SELECT take_lock($1, 'update')", [lock]);
      const { rows } = await client.query<Row>(text, values);
      await client.query('COMMIT');
      broken = false;
      return rows;
    } finally {
      client.release(broken);
    }
  }
}
