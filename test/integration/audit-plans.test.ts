import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstallId, OrganizationId, UserId } from '../../services/auth-server/domain/ids.ts';
import { EndEvents } from '../../services/auth-server/domain/token/end-events.ts';
import type { ExplainedPair } from '../../services/auth-server/domain/token/token-store.ts';
import { PgAuditStore } from '../../services/auth-server/store/audit-store.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { type ClonedDatabase, cloneDatabase } from '../support/database.ts';

const INSTALL_ID = '00000000-0000-4000-8000-000000000001' as InstallId;
const ENDED_AT = new Date();
const PAIR = {
  installId: INSTALL_ID,
  clientId: 'foapp_7',
  organizationId: 7 as OrganizationId,
  installedBy: 3 as UserId,
  userDeletedAt: null,
} as ExplainedPair;
/** Rows that a look-up may read and skip. */
const MAX_SKIPPED_ROWS = 100;

interface PlanNode {
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

let cloned: ClonedDatabase;
let pool: pg.Pool;
let db: Kysely<Schema>;
const queries: CompiledQuery[] = [];

beforeAll(async () => {
  cloned = await cloneDatabase();
  pool = new pg.Pool({ connectionString: cloned.url, max: 2 });
  pool.on('error', () => {}); // the database is dropped with its sessions
  db = new Kysely({ dialect: new PostgresDialect({ pool }), log: ({ query }) => void queries.push(query) });
  // Grants of one app in one organization, over the three months that have partitions, and a few events of another kind.
  await pool.query(`
    INSERT INTO audit_events (occurred_at, action, performed_by, organization_id, client_id, install_id, details, ip_address,
      request_id)
    SELECT now() + (n % 3) * interval '1 month', CASE WHEN n % 2000 = 0 THEN 'organization.put' ELSE 'install.granted' END,
      'test', 7, 'foapp_7', gen_random_uuid(), '{}', '', ''
    FROM generate_series(1, 12000) AS n`);
  await pool.query('ANALYZE audit_events');
});
afterAll(async () => {
  await db?.destroy();
  await cloned?.drop();
});

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

async function planOf({ sql, parameters }: CompiledQuery): Promise<PlanNode[]> {
  const { rows } = await pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [...parameters]);
  return nodesOf(rows[0]['QUERY PLAN'][0].Plan);
}

const LOOK_UPS: Record<string, (events: EndEvents) => Promise<unknown>> = {
  'a suspended organization': (events) => events.ofOrganizationSuspension(PAIR.organizationId),
  'an ended membership': (events) => events.ofUser(),
  'a deleted organization': (events) => events.ofEnd('organization_deleted', null),
  'a suspended app': (events) => events.ofAppSuspension(),
  'a deleted app': (events) => events.ofEnd('app_deleted', null),
  'a disconnected install': (events) => events.ofEnd('disconnected', ENDED_AT),
  'the grant of an install': (events) => events.ofGrant(),
};

const cases = [
  ...Object.entries(LOOK_UPS).map(([event, lookUp]) => ({ event, lookUp, pair: PAIR })),
  {
    event: 'a deleted user',
    lookUp: (events: EndEvents) => events.ofUser(),
    pair: { ...PAIR, userDeletedAt: ENDED_AT },
  },
];
test.each(cases)('looks for the event of $event without a scan of the audit log', async ({ lookUp, pair }) => {
  queries.length = 0;
  await lookUp(new EndEvents(new PgAuditStore(db), pair));
  expect(queries).not.toHaveLength(0);
  for (const query of queries) {
    const nodes = await planOf(query);
    const skipped = nodes.reduce((sum, node) => sum + (node['Rows Removed by Filter'] ?? 0), 0);
    expect(skipped, JSON.stringify(nodes)).toBeLessThanOrEqual(MAX_SKIPPED_ROWS);
  }
});
