import { beforeAll, expect, test } from 'vitest';
import type { App } from '../../services/auth-server/domain/app/app.ts';
import { AppUpdates } from '../../services/auth-server/domain/app/app-updates.ts';
import type { InstallId } from '../../services/auth-server/domain/ids.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { databaseBed } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const INSTALLS = 1_500;
const REPORTED = 1_000;
const REPORTERS = 3;
const SERVERS = 2;
const ROUNDS = 8;

const bed = databaseBed(beforeAll, { poolSize: 10 });
let installIds: InstallId[];

beforeAll(async () => {
  installIds = await installMany(bed.cloned.url, INSTALLS);
});

function someShuffled(): InstallId[] {
  const keyed = installIds.map((id) => [Math.random(), id] as const).sort(([a], [b]) => a - b);
  return keyed.slice(0, REPORTED).map(([, id]) => id);
}

/** What the app declares in a round. Round 1 ends all installs, because they have lost their scopes in rounds 0 and 1. */
const fields = (round: number) => ({
  declaredScopes: round % 2 === 0 ? ['posts:read'] : ['posts:write'],
  allowedActorModes: round < ROUNDS / 2 ? (['app', 'self'] as const) : (['app'] as const),
});

test('concurrent usage reports of several replicas and a narrowing never deadlock', async () => {
  const database = new PgDatabase(bed.db);
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
  expect(await bed.tables.count('installs', "status = 'active' AND actor_mode = 'self'")).toBe(0);
});

test('a report keeps the latest time of every install', async () => {
  const { installs } = new PgDatabase(bed.db).stores;
  const latest = new Date(Date.now() + 86_400_000);
  const earlier = new Date(latest.getTime() - 1);
  for (const lastUsedAt of [latest, earlier]) {
    await installs.recordUsage([...installIds, ...installIds], lastUsedAt);
  }
  const times = await bed.tables.rows('SELECT DISTINCT last_used_at FROM install_usage');
  expect(times).toEqual([{ last_used_at: latest }]);
});
