import { beforeAll, expect, test } from 'vitest';
import type { App } from '../../services/auth-server/domain/app/app.ts';
import { AppUpdates } from '../../services/auth-server/domain/app/app-updates.ts';
import type { InstallId } from '../../services/auth-server/domain/ids.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { databaseBed } from '../support/database.ts';
import { APP, installMany, SCOPES } from '../support/many-installs.ts';

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

/** `REPORTED` of the installs, in random order. */
function randomInstalls(): InstallId[] {
  const keyed = installIds.map((id) => [Math.random(), id] as const).sort(([a], [b]) => a - b);
  return keyed.slice(0, REPORTED).map(([, id]) => id);
}

/**
 * The fields to which a round narrows the app; a condition for the installs that this changes, and their number. Every tenth
 * install is in `self` mode.
 */
const NARROWINGS = [
  { fields: { declaredScopes: ['posts:read'] }, changed: "granted_scopes = '{posts:read}'", count: INSTALLS },
  { fields: { allowedActorModes: ['app'] }, changed: "end_reason = 'mode_withdrawn'", count: INSTALLS / 10 },
] as const;

/** Undoes the changes of a round to the installs and their tokens. */
async function restoreInstalls(): Promise<void> {
  const restored = "status = 'active', ended_at = NULL, end_reason = NULL, granted_scopes = $1";
  await bed.tables.rows(`UPDATE installs SET ${restored}`, [SCOPES]);
  await bed.tables.rows('UPDATE tokens SET ended_at = NULL, end_reason = NULL');
}

test('concurrent usage reports of several replicas and a narrowing never deadlock', async () => {
  const database = new PgDatabase(bed.db);
  const { installs, apps, appUpdates } = database.stores;
  const updates = new AppUpdates(database, systemClock);
  const app = (await apps.findById(APP)) as App;
  const begin = Date.now();
  for (let round = 0; round < ROUNDS; round++) {
    const { fields, changed, count } = NARROWINGS[round % 2] as (typeof NARROWINGS)[number];
    const lastUsedAt = new Date(begin + round * 60_000);
    const reports = Array.from({ length: REPORTERS }, () => installs.recordUsage(randomInstalls(), lastUsedAt));
    await apps.update(APP, { ...app, ...fields }, new Date());
    await appUpdates.insertOfApps([APP], 'narrowed', new Date());
    const finishing = Array.from({ length: SERVERS }, () => updates.finish({ app: APP }, 30_000));
    await Promise.all([...reports, ...finishing]);
    expect(await bed.tables.count('installs', changed)).toBe(count);
    await restoreInstalls();
  }
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
