import { type Kysely, sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import type { App } from '../../services/auth-server/domain/app/app.ts';
import { AppUpdates } from '../../services/auth-server/domain/app/app-updates.ts';
import type { InstallId } from '../../services/auth-server/domain/ids.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { cloneDatabase } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const INSTALLS = 1_500;
const REPORTED = 1_000;
const REPORTERS = 3;
const SERVERS = 2;
const ROUNDS = 8;

let db: Kysely<Schema>;
let installIds: InstallId[];

beforeAll(async () => {
  const cloned = await cloneDatabase();
  db = cloned.open({ poolSize: 10 });
  installIds = await installMany(cloned.url, INSTALLS);
  return () => cloned.drop();
});

function someShuffled(): InstallId[] {
  const keyed = installIds.map((id) => [Math.random(), id] as const).sort(([a], [b]) => a - b);
  return keyed.slice(0, REPORTED).map(([, id]) => id);
}

/** What a round narrows: another scope each time, and once a mode. */
const fields = (round: number) => ({
  declaredScopes: round % 2 === 0 ? ['posts:read'] : ['posts:write'],
  allowedActorModes: round < ROUNDS / 2 ? (['app', 'self'] as const) : (['app'] as const),
});

test('concurrent usage reports of several replicas and a narrowing never deadlock', async () => {
  const database = new PgDatabase(db);
  const { installs, apps, appUpdates } = database.stores;
  const updates = new AppUpdates(database, systemClock);
  const begin = Date.now();
  for (let round = 0; round < ROUNDS; round++) {
    const lastUsedAt = new Date(begin + round * 60_000);
    const reports = Array.from({ length: REPORTERS }, () => installs.recordUsage(someShuffled(), lastUsedAt));
    await apps.update(APP, { ...((await apps.findById(APP)) as App), ...fields(round) }, new Date());
    await appUpdates.insertOfApps([APP], 'narrowed', new Date());
    const servers = Array.from({ length: SERVERS }, () => updates.finish({ app: APP }, 30_000));
    await Promise.all([...reports, ...servers]);
  }
  const left = await sql`SELECT FROM installs WHERE status = 'active' AND actor_mode = 'self'`.execute(db);
  expect(left.rows).toEqual([]);
});

test('a report keeps the latest time of every install', async () => {
  const { installs } = new PgDatabase(db).stores;
  const latest = new Date(Date.now() + 86_400_000);
  const earlier = new Date(latest.getTime() - 1);
  for (const lastUsedAt of [latest, earlier]) {
    await installs.recordUsage([...installIds, ...installIds], lastUsedAt);
  }
  const times = await sql<{ last_used_at: Date }>`SELECT DISTINCT last_used_at FROM install_usage`.execute(db);
  expect(times.rows).toEqual([{ last_used_at: latest }]);
});
