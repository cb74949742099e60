/** Updates the rows of installs after an app was narrowed or deleted, with faults and changes between batches. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { App } from '../../services/auth-server/domain/app/app.ts';
import type { AppFields } from '../../services/auth-server/domain/app/app-fields.ts';
import { AppUpdates } from '../../services/auth-server/domain/app/app-updates.ts';
import {
  asOrganizationId,
  asUserId,
  type InstallId,
  type OrganizationId,
} from '../../services/auth-server/domain/ids.ts';
import { ALL_INSTALLS, toInstallFilter } from '../../services/auth-server/domain/install/install-filter.ts';
import type { Database, Stores } from '../../services/auth-server/domain/stores.ts';
import type { PublishedEvent } from '../../services/auth-server/domain/webhook/event-store.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { databaseBed } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const [OWNER, TARGET, USER] = [asOrganizationId(1), asOrganizationId(10), asUserId(1)];
const INSTALLS = 2_500;
const SELF_INSTALLS = INSTALLS / 10;
const EVERY_INSTALL = toInstallFilter(ALL_INSTALLS, Date.now());
const WITHOUT_SELF = { allowedActorModes: ['app'] } as const;
const GRANT = {
  appId: APP,
  organizationId: TARGET,
  installedBy: USER,
  actorMode: 'app',
  scopes: ['posts:read'],
  webhookEvents: [],
} as const;

const bed = databaseBed(beforeEach, { poolSize: 10 });
let database: PgDatabase;
let stores: Stores;
let updates: AppUpdates;

beforeEach(async () => {
  database = new PgDatabase(bed.db);
  stores = database.stores;
  updates = new AppUpdates(database, systemClock);
  await installMany(bed.cloned.url, INSTALLS);
});

async function change(reason: 'narrowed' | 'deleted', fields: Partial<AppFields> = {}): Promise<void> {
  await database.transaction(async ({ apps, appUpdates }) => {
    const app = (await apps.findById(APP)) as App;
    await apps.update(APP, { ...app, ...fields }, new Date());
    await appUpdates.insertOfApps([APP], reason, new Date());
    if (reason === 'deleted') await apps.markDeleted(APP, new Date());
  });
}

async function runAllBatches(by = updates): Promise<void> {
  while (await by.runBatch());
}

/** Number of installs by how many events announced their end. */
const announcedEnds = () =>
  bed.tables.rows(`
    SELECT times, count(*)::int AS installs FROM (
      SELECT count(*)::int AS times FROM webhook_events WHERE type = 'app_uninstalled'
      GROUP BY body::jsonb -> 'data' -> 'install_id'
    ) AS each GROUP BY times`);

const countNarrowed = () => bed.tables.count('installs', "status = 'active' AND granted_scopes = '{posts:read}'");
const installOf = async (organization: OrganizationId) =>
  (await stores.installs.listCurrent(organization, EVERY_INSTALL, { page: 1, perPage: 10 }))[0];

test('lists and look-ups omit removed scopes and installs before any row is updated', async () => {
  await change('narrowed', { declaredScopes: ['posts:read'], ...WITHOUT_SELF });
  expect(await installOf(OWNER)).toMatchObject({ grantedScopes: ['posts:read'], status: 'active' });
  expect(await installOf(TARGET)).toBeUndefined();
  expect(await stores.installs.findLive(APP, TARGET)).toBeUndefined();
  expect(await stores.installs.countLiveOfApp(APP)).toBe(INSTALLS - SELF_INSTALLS);
  expect(await bed.tables.count('installs', "status = 'active' AND granted_scopes = '{posts:read,posts:write}'")).toBe(
    INSTALLS,
  );
});

test('events published before any row is updated go only to installs that still subscribe to them', async () => {
  const events = { subscribedWebhookEvents: ['post_created', 'post_updated'] };
  await sql`UPDATE apps SET declared_scopes = declared_scopes || 'webhooks:manage'::text`.execute(bed.db);
  await sql`UPDATE installs SET granted_webhook_events = ${events.subscribedWebhookEvents},
    granted_scopes = granted_scopes || 'webhooks:manage'::text`.execute(bed.db);
  const publish = async (organizationId: OrganizationId, type: string) => {
    const event = {
      organizationId,
      type,
      body: '{}',
      idempotencyKey: `${organizationId} ${type}`,
      digest: Buffer.of(1),
    };
    const [published] = await stores.events.publish([event], new Date());
    return (published as PublishedEvent).deliveries;
  };
  await change('narrowed', { ...WITHOUT_SELF, subscribedWebhookEvents: ['post_updated'] });
  expect(await publish(OWNER, 'post_created')).toBe(0);
  expect(await publish(OWNER, 'post_updated')).toBe(1);
  expect(await publish(TARGET, 'post_updated')).toBe(0);
});

test('rows are narrowed or ended with their pairs, and no update stays pending', async () => {
  await change('narrowed', { declaredScopes: ['posts:read'], ...WITHOUT_SELF });
  await runAllBatches();
  expect(await countNarrowed()).toBe(INSTALLS - SELF_INSTALLS);
  expect(await bed.tables.count('installs', "end_reason = 'mode_withdrawn'")).toBe(SELF_INSTALLS);
  expect(await bed.tables.count('tokens', "end_reason = 'mode_withdrawn'")).toBe(SELF_INSTALLS);
  expect(await announcedEnds()).toEqual([{ times: 1, installs: SELF_INSTALLS }]);
  expect(await bed.tables.count('pending_app_updates')).toBe(0);
});

test('deleting an app ends all installs and enqueues no events', async () => {
  await change('deleted');
  expect(await installOf(OWNER)).toBeUndefined();
  await runAllBatches();
  expect(await bed.tables.count('installs', "end_reason = 'app_deleted'")).toBe(INSTALLS);
  expect(await bed.tables.count('tokens', "end_reason = 'app_deleted'")).toBe(INSTALLS);
  expect(await bed.tables.count('webhook_events')).toBe(0);
});

/** A server that crashes in its n-th batch, before the commit. */
function failingIn(n: number): AppUpdates {
  let batches = 0;
  const failing: Database = {
    stores,
    transaction: (work) =>
      database.transaction(async (inside) => {
        const result = await work(inside);
        if (++batches === n) throw new Error('killed');
        return result;
      }),
  };
  return new AppUpdates(failing, systemClock);
}

test('after a server crashes in the middle of a batch another one continues, and each end is announced once', async () => {
  await change('narrowed', { declaredScopes: ['posts:read'], ...WITHOUT_SELF });
  await expect(runAllBatches(failingIn(2))).rejects.toThrow('killed');
  expect(await stores.appUpdates.list(10)).toMatchObject([
    { clientId: 'app', reason: 'narrowed', installsDone: 1_000 },
  ]);
  expect(await stores.appUpdates.isPending({ app: APP })).toBe(true);
  await runAllBatches(new AppUpdates(database, systemClock));
  expect(await announcedEnds()).toEqual([{ times: 1, installs: SELF_INSTALLS }]);
  expect(await countNarrowed()).toBe(INSTALLS - SELF_INSTALLS);
});

test('after a process is killed with -9 the next one continues', async () => {
  await change('narrowed', WITHOUT_SELF);
  const script = fileURLToPath(new URL('../support/update-apps.ts', import.meta.url));
  const worker = fork(script, [bed.cloned.url], { stdio: 'ignore' });
  const exited = once(worker, 'exit');
  await Promise.race([once(worker, 'message'), exited]);
  worker.kill('SIGKILL');
  await exited;
  // Postgres notices the kill when it next reads from the socket; until then the row stays locked.
  await expect.poll(() => updates.finish({ app: APP }, 1_000), { timeout: 20_000 }).toBe(true);
  expect(await announcedEnds()).toEqual([{ times: 1, installs: SELF_INSTALLS }]);
  expect(await bed.tables.count('installs', "end_reason = 'mode_withdrawn'")).toBe(SELF_INSTALLS);
});

test('several servers and concurrent disconnects announce each end once', async () => {
  await change('narrowed', WITHOUT_SELF);
  await change('narrowed', { declaredScopes: ['posts:read'] });
  const installs = await bed.tables.rows<{ id: InstallId }>(
    "SELECT id FROM installs WHERE actor_mode = 'self' LIMIT 100",
  );
  const disconnects = installs.map(({ id }) => stores.installs.end(id, 'disconnected', new Date()));
  const [ended] = await Promise.all([Promise.all(disconnects), ...Array.from({ length: 4 }, () => runAllBatches())]);
  expect(ended).not.toContain(true);
  expect(await announcedEnds()).toEqual([{ times: 1, installs: SELF_INSTALLS }]);
  expect(await bed.tables.count('pending_app_updates')).toBe(0);
});

test('a second narrowing starts again at the first install', async () => {
  await change('narrowed', { declaredScopes: ['posts:write'] });
  await updates.runBatch();
  await change('narrowed', { declaredScopes: ['roadmap:read'] });
  await runAllBatches();
  expect(await bed.tables.count('installs', "end_reason = 'scopes_withdrawn'")).toBe(INSTALLS);
  expect(await announcedEnds()).toEqual([{ times: 1, installs: INSTALLS }]);
});

test('a small app does not wait for a large one', async () => {
  await change('narrowed', { declaredScopes: ['posts:read'] });
  await updates.runBatch();
  const fields = { ...((await stores.apps.findById(APP)) as App), name: 'small' };
  const small = await stores.apps.insert('small', OWNER, fields, new Date());
  await stores.appUpdates.insertOfApps([small], 'narrowed', new Date());
  await updates.runBatch();
  expect(await stores.appUpdates.isPending({ app: small })).toBe(false);
  expect(await stores.appUpdates.isPending({ app: APP })).toBe(true);
});

test('a grant of another mode before the row is updated creates a new install, which the job does not change', async () => {
  await change('narrowed', { declaredScopes: ['posts:read'], ...WITHOUT_SELF });
  const granted = await database.transaction(({ installs }) => installs.put(GRANT, new Date()));
  expect(granted).toMatchObject({ isNew: true, ended: [{ appId: APP, endReason: 'mode_withdrawn' }] });
  await runAllBatches();
  expect(await installOf(TARGET)).toMatchObject({ id: granted.id, status: 'active', grantedScopes: ['posts:read'] });
  // The exchange, not `put`, enqueues the event for the install that `put` ended.
  expect(await announcedEnds()).toEqual([{ times: 1, installs: SELF_INSTALLS - 1 }]);
});

test('a batch that waits for the row of a grant uses the state that the grant commits', async () => {
  await change('narrowed', { declaredScopes: ['posts:read'] });
  const [locked, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const granting = database.transaction(async ({ installs }) => {
    const granted = await installs.put(GRANT, new Date());
    locked.resolve();
    await resume.promise;
    return granted;
  });
  await locked.promise;
  await change('narrowed', WITHOUT_SELF);
  const working = runAllBatches();
  await expect.poll(() => bed.tables.waitingForLocks(), { timeout: 20_000 }).toBe(1);
  resume.resolve();
  const [granted] = await Promise.all([granting, working]);
  expect(granted).toMatchObject({ isNew: false, ended: [] });
  expect(await installOf(TARGET)).toMatchObject({ id: granted.id, actorMode: 'app', status: 'active' });
  expect(await announcedEnds()).toEqual([{ times: 1, installs: SELF_INSTALLS - 1 }]);
});
