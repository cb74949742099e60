import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const RETRY_LIMIT_MS = 60_000;
const RETRY_MS = 100;

export interface TokenRow {
  readonly accessHash: string;
  readonly accessLive: boolean;
  readonly pairLive: boolean;
}

export type DatabaseOracle = ReturnType<typeof databaseOracle>;

/**
 * Queries Postgres directly. The outcome of a change whose response was lost is read under the lock of the change: if the
 * change already has the lock, the query waits until the change has ended.
 */
export function databaseOracle(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 16, connectionTimeoutMillis: 5_000 });
  // The next query reports a broken connection.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  async function rowsOnce<Row extends pg.QueryResultRow>(text: string, values: unknown[], locks: string[]) {
    const client = await pool.connect();
    let isBroken = true;
    try {
      await client.query('BEGIN');
      for (const lock of locks) await client.query("SELECT take_lock($1, 'update')", [lock]);
      const { rows } = await client.query<Row>(text, values);
      await client.query('COMMIT');
      isBroken = false;
      return rows;
    } finally {
      client.release(isBroken);
    }
  }

  const oracle = {
    close: () => pool.end(),

    /** Retries for a limited time, because Postgres may be down. `locks`: keys of take_lock, in the order of take_locks. */
    async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[], locks: string[] = []): Promise<Row[]> {
      const deadline = performance.now() + RETRY_LIMIT_MS;
      for (;;) {
        try {
          return await rowsOnce<Row>(text, values, locks);
        } catch (error) {
          const isMistake = String((error as pg.DatabaseError).code).startsWith('42');
          if (isMistake || performance.now() > deadline) throw error;
          await sleep(RETRY_MS);
        }
      }
    },

    /** The column `value` of the first row, or `none`. */
    async value(text: string, values: unknown[] = [], locks: string[] = []): Promise<string> {
      const [row] = await oracle.rows<{ value: unknown }>(text, values, locks);
      return String(row?.value ?? 'none');
    },

    role(organizationId: bigint, userId: number): Promise<string> {
      const text = 'SELECT role AS value FROM memberships WHERE organization_id = $1 AND user_id = $2';
      return oracle.value(text, [organizationId, userId], [`user:${userId}`]);
    },

    subdomain(id: bigint): Promise<string> {
      return oracle.value('SELECT subdomain AS value FROM organizations WHERE id = $1', [id], [`organization:${id}`]);
    },

    /** `suspended` if the app or the organization that owns it is suspended, otherwise `active`. */
    suspension(appId: number, ownerId: bigint): Promise<string> {
      const text = `
        SELECT CASE WHEN 'suspended' IN (apps.status, owner.status) THEN 'suspended' ELSE 'active' END AS value
        FROM apps JOIN organizations AS owner ON owner.id = owner_organization_id WHERE apps.id = $1`;
      return oracle.value(text, [appId], [`organization:${ownerId}`, `app:${appId}`]);
    },

    /** The pairs of an app in an organization, in the order of their issue. */
    pairs(appId: number, organizationId: bigint): Promise<TokenRow[]> {
      return oracle.rows<TokenRow>(
        `SELECT encode(tokens.access_hash, 'hex') AS "accessHash",
                tokens.ended_at IS NULL AND tokens.access_revoked_at IS NULL AS "accessLive",
                tokens.ended_at IS NULL AS "pairLive"
         FROM tokens JOIN installs ON installs.id = tokens.install_id
         WHERE installs.app_id = $1 AND installs.organization_id = $2 ORDER BY tokens.id`,
        [appId, organizationId],
        [`install:${appId}:${organizationId}`],
      );
    },

    /** Describes a `self` token: REVOKED, SUSPENDED, USER_NOT_MEMBER, or its subdomain and role; `none` without a row. */
    token(accessHash: string): Promise<string> {
      return oracle.value(
        `SELECT CASE
           WHEN tokens.ended_at IS NOT NULL OR tokens.access_revoked_at IS NOT NULL OR installs.status <> 'active' THEN 'REVOKED'
           WHEN 'suspended' IN (apps.status, owner.status, target.status) THEN 'SUSPENDED'
           WHEN memberships.role IS NULL THEN 'USER_NOT_MEMBER'
           ELSE target.subdomain || ' as ' || CASE memberships.role WHEN 'admin' THEN 'admin' ELSE 'member' END
         END AS value
         FROM tokens JOIN installs ON installs.id = install_id JOIN apps ON apps.id = app_id
           JOIN organizations AS owner ON owner.id = owner_organization_id
           JOIN organizations AS target ON target.id = installs.organization_id
           LEFT JOIN memberships ON memberships.organization_id = target.id AND user_id = installed_by
         WHERE access_hash = decode($1, 'hex')`,
        [accessHash],
      );
    },

    async pendingInvalidations(): Promise<number> {
      return Number(await oracle.value('SELECT count(*) AS value FROM pending_invalidations'));
    },

    /** Installs with two live pairs, and apps with two live installs in one organization. */
    async duplicates(): Promise<number> {
      const text = `
        SELECT count(*) AS value FROM (
          SELECT 1 FROM tokens WHERE ended_at IS NULL GROUP BY install_id HAVING count(*) > 1
          UNION ALL
          SELECT 1 FROM installs WHERE status = 'active' GROUP BY app_id, organization_id HAVING count(*) > 1
        ) AS duplicates`;
      return Number(await oracle.value(text));
    },
  };
  return oracle;
}
