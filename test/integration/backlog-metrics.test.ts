import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { AppId } from '../../services/auth-server/domain/ids.ts';
import { authServerMetrics } from '../../services/auth-server/metrics.ts';
import {
  deleteInvalidations,
  overdueInvalidations,
} from '../../services/auth-server/store/authority/pending-invalidations.ts';
import {
  dueDeliveryBacklog,
  pendingAppUpdateBacklog,
  pendingInvalidationBacklog,
} from '../../services/auth-server/store/backlog.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { MetricsServer } from '../../services/common/process/metrics-server.ts';
import { databaseBed } from '../support/database.ts';
import { scrape, sumOf } from '../support/scrape.ts';

/** No auth-server processes the backlog of this database. */
const bed = databaseBed(beforeAll);
let metrics: MetricsServer;
let address: string;

beforeAll(async () => {
  metrics = new MetricsServer([
    ...authServerMetrics({
      pendingInvalidations: () => pendingInvalidationBacklog(bed.db),
      pendingAppUpdates: () => pendingAppUpdateBacklog(bed.db),
      dueDeliveries: () => dueDeliveryBacklog(bed.db),
      grantQueueLength: () => 3,
      sessionKeysAge: () => 0,
      sessionKeysFailing: () => false,
      credentialKeys: () => ({}),
      generationChanges: () => ({ main: 2 }),
    }),
    { name: 'things_total', help: 'Things', label: 'kind', read: () => ({ one: 1 }) },
  ]);
  address = `127.0.0.1:${await metrics.listen('127.0.0.1', 0)}`;
  return () => metrics.close();
});
beforeEach(async () => {
  await bed.tables.rows(
    'TRUNCATE organizations, apps, webhook_deliveries, webhook_events, pending_invalidations CASCADE',
  );
});

const value = (name: string) => sumOf(address, `auth_server_${name}`);

/** Inserts an app with deliveries to its hook, one due in each of these numbers of seconds. */
async function insertAppWithDeliveries(dueInSeconds: readonly number[]): Promise<void> {
  await bed.tables.rows("INSERT INTO organizations (id, subdomain, name) VALUES (1, 'acme', '')");
  await bed.tables.rows(`
    INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
      subscribed_webhook_events, require_pkce, created_at, updated_at)
    VALUES ('app', 1, '', '{}', '{self}', '{posts:read}', '{}', false, now(), now())`);
  for (const seconds of dueInSeconds) {
    await bed.tables.rows(`
      WITH event AS (
        INSERT INTO webhook_events (organization_id, type, body, created_at) VALUES (1, 'post_created', '{}', now())
        RETURNING id
      )
      INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
      SELECT event.id, hooks.id, hooks.app_id, 'pending', now() + make_interval(secs => ${seconds}), now()
      FROM event, webhook_hooks AS hooks`);
  }
}

test('counts due deliveries, not those in progress or waiting for a retry', async () => {
  expect(await value('webhook_deliveries_due')).toBe(0);
  expect(await value('webhook_deliveries_due_oldest_seconds')).toBe(0);
  // Deliveries in progress are due when their lease ends, after 30 s; those that wait for a retry, after 5 minutes or more.
  await insertAppWithDeliveries([-90, -5, 30, 300]);
  expect(await value('webhook_deliveries_due')).toBe(2);
  expect(await value('webhook_deliveries_due_oldest_seconds')).toBeGreaterThanOrEqual(90);
});

test('counts pending invalidations until they are deleted', async () => {
  await bed.tables.rows(`
    INSERT INTO pending_invalidations (change_id, access_hash, install_id, stamp_kind, stamp_id, created_at) VALUES
      ('12345678', sha256('token'), uuidv7(), NULL, NULL, now() - interval '1 minute'),
      ('87654321', NULL, NULL, 'app', 1, now())`);

  expect(await value('pending_invalidations')).toBe(2);
  expect(await value('pending_invalidations_oldest_seconds')).toBeGreaterThanOrEqual(60);
  await deleteInvalidations(bed.db, await overdueInvalidations(bed.db, 0, 10));
  expect(await value('pending_invalidations')).toBe(0);
});

test('counts apps whose installs are being updated', async () => {
  const { appUpdates } = new PgDatabase(bed.db).stores;
  await insertAppWithDeliveries([]);
  const [app] = await bed.tables.rows<{ id: AppId }>('SELECT id::int FROM apps');
  await appUpdates.insertOfApps([app?.id as AppId], 'narrowed', new Date(Date.now() - 60_000));
  expect(await value('pending_app_updates')).toBe(1);
  expect(await value('pending_app_updates_oldest_seconds')).toBeGreaterThanOrEqual(60);
  await appUpdates.delete((await appUpdates.lockNext())?.id as number);
  expect(await value('pending_app_updates')).toBe(0);
});

test('a metric whose name ends in _total is a counter, which a scrape does not change', async () => {
  const expected = { type: 'counter', samples: [{ name: 'things_total', labels: { kind: 'one' }, value: 1 }] };
  for (let read = 0; read < 2; read++) expect((await scrape(address)).get('things_total')).toEqual(expected);
});
