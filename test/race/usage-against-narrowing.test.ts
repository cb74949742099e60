import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../services/auth-server/store/database.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { type ClonedDatabase, cloneDatabase } from '../support/database.ts';

const INSTALLS = 1_500;
const REPORTED = 1_000;
const REPORTERS = 3;
const ROUNDS = 8;
const APP = 1;

let cloned: ClonedDatabase;
let db: Kysely<Schema>;
let installIds: string[];

beforeAll(async () => {
  cloned = await cloneDatabase();
  db = openDatabase({ url: cloned.url, poolSize: 10, connectTimeoutMs: 10_000, statementTimeoutMs: 30_000 });
  installIds = await installEverywhere();
});
afterAll(async () => {
  await db?.destroy();
  await cloned?.drop();
});

/** One app, installed into very many organizations. */
async function installEverywhere(): Promise<string[]> {
  await sql`INSERT INTO users (id, name, email, profile_picture) VALUES (1, '', '', '')`.execute(db);
  await sql`
    INSERT INTO organizations (id, subdomain, name)
    SELECT id, 'o' || id, '' FROM generate_series(1, ${INSTALLS}::int) AS id`.execute(db);
  await sql`
    INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
      subscribed_webhook_events, require_pkce, created_at, updated_at)
    VALUES ('app', 1, '', '{}', '{app,self}', '{posts:read,posts:write}', '{}', false, now(), now())`.execute(db);
  const { rows } = await sql<{ id: string }>`
    INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
    SELECT ${APP}, id, 1, CASE WHEN id % 10 = 0 THEN 'self' ELSE 'app' END, '{posts:read,posts:write}', '{}',
      now() - interval '1 day'
    FROM organizations RETURNING id`.execute(db);
  return rows.map(({ id }) => id);
}

function someShuffled(): string[] {
  const keyed = installIds.map((id) => [Math.random(), id] as const).sort(([a], [b]) => a - b);
  return keyed.slice(0, REPORTED).map(([, id]) => id);
}

const limits = (round: number) => ({
  declaredScopes: round % 2 === 0 ? ['posts:read'] : ['posts:read', 'posts:write'],
  subscribedWebhookEvents: [],
  allowedActorModes: round < ROUNDS / 2 ? (['app', 'self'] as const) : (['app'] as const),
});

test('reports of several replicas and a narrowing, in any order at once, never end in a deadlock', async () => {
  const { installs } = new PgDatabase(db).stores;
  const begin = Date.now();
  for (let round = 0; round < ROUNDS; round++) {
    const lastUsedAt = new Date(begin + round * 60_000);
    const reports = Array.from({ length: REPORTERS }, () =>
      installs.recordUsage(someShuffled().map((installId) => ({ installId, lastUsedAt }))),
    );
    await Promise.all([...reports, installs.cutToApp(APP, limits(round), new Date())]);
  }
  const left = await sql`SELECT FROM installs WHERE status = 'active' AND actor_mode = 'self'`.execute(db);
  expect(left.rows).toEqual([]);
});

test('a report without company keeps the latest time of every install', async () => {
  const { installs } = new PgDatabase(db).stores;
  const latest = new Date(Date.now() + 86_400_000);
  const earlier = new Date(latest.getTime() - 1);
  for (const lastUsedAt of [latest, earlier]) {
    await installs.recordUsage(installIds.map((installId) => ({ installId, lastUsedAt })));
  }
  const times = await sql<{ last_used_at: Date }>`SELECT DISTINCT last_used_at FROM installs`.execute(db);
  expect(times.rows).toEqual([{ last_used_at: latest }]);
});
