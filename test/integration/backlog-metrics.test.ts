import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { MetricsServer } from '../../services/common/process/metrics-server.ts';
import { type ClonedDatabase, cloneDatabase } from '../support/database.ts';

/** The metrics while no auth-server processes the backlog. */
let cloned: ClonedDatabase;
let db: Kysely<Schema>;
let metrics: MetricsServer;
let port: number;

beforeAll(async () => {
  cloned = await cloneDatabase();
  db = cloned.open();
  metrics = new MetricsServer([
    ...authServerMetrics({
      pendingInvalidations: () => pendingInvalidationBacklog(db),
      pendingAppUpdates: () => pendingAppUpdateBacklog(db),
      dueDeliveries: () => dueDeliveryBacklog(db),
      grantQueueLength: () => 3,
      sessionKeysAge: () => 0,
      sessionKeysFailing: () => false,
      credentialKeys: () => ({}),
      generationChanges: () => ({ main: 2 }),
    }),
    { name: 'things_total', help: 'Things', label: 'kind', read: () => ({ one: 1 }) },
  ]);
  port = await metrics.listen('127.0.0.1', 0);
});
afterAll(async () => {
  await metrics?.close();
  await cloned?.drop();
});
beforeEach(async () => {
  await sql`TRUNCATE organizations, apps, webhook_deliveries, webhook_events, pending_invalidations CASCADE`.execute(
    db,
  );
});

const read = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

async function value(name: string): Promise<number> {
  const line = (await read()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

/** Inserts deliveries of one hook that are due in the given numbers of seconds. */
async function insertDue(dueInSeconds: readonly number[]): Promise<void> {
  await sql`INSERT INTO organizations (id, subdomain, name) VALUES (1, 'acme', '')`.execute(db);
  await sql`
    INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
      subscribed_webhook_events, require_pkce, created_at, updated_at)
    VALUES ('app', 1, '', '{}', '{self}', '{posts:read}', '{}', false, now(), now())`.execute(db);
  for (const seconds of dueInSeconds) {
    await sql`
      WITH event AS (
        INSERT INTO webhook_events (organization_id, type, body, created_at) VALUES (1, 'post_created', '{}', now())
        RETURNING id
      )
      INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
      SELECT event.id, hooks.id, hooks.app_id, 'pending', now() + make_interval(secs => ${seconds}), now()
      FROM event, webhook_hooks AS hooks`.execute(db);
  }
}

test('counts due deliveries, not those in progress or waiting for a retry', async () => {
  expect(await value('auth_server_webhook_deliveries_due')).toBe(0);
  expect(await value('auth_server_webhook_deliveries_due_oldest_seconds')).toBe(0);
  await insertDue([-90, -5, 30, 300]);
  expect(await value('auth_server_webhook_deliveries_due')).toBe(2);
  expect(await value('auth_server_webhook_deliveries_due_oldest_seconds')).toBeGreaterThanOrEqual(90);
});

test('counts pending invalidations until they are deleted', async () => {
  await sql`
    INSERT INTO pending_invalidations (change_id, access_hash, install_id, stamp_kind, stamp_id, created_at) VALUES
      (${randomBytes(8)}, ${randomBytes(32)}, uuidv7(), NULL, NULL, now() - interval '1 minute'),
      (${randomBytes(8)}, NULL, NULL, 'app', 1, now())`.execute(db);
  expect(await value('auth_server_pending_invalidations')).toBe(2);
  expect(await value('auth_server_pending_invalidations_oldest_seconds')).toBeGreaterThanOrEqual(60);
  await deleteInvalidations(db, await overdueInvalidations(db, 0, 10));
  expect(await value('auth_server_pending_invalidations')).toBe(0);
});

test('counts apps whose installs are being updated', async () => {
  const { appUpdates } = new PgDatabase(db).stores;
  await insertDue([]);
  const { rows } = await sql<{ id: AppId }>`SELECT id FROM apps`.execute(db);
  await appUpdates.insertOfApps([rows[0]?.id as AppId], 'narrowed', new Date(Date.now() - 60_000));
  expect(await value('auth_server_pending_app_updates')).toBe(1);
  expect(await value('auth_server_pending_app_updates_oldest_seconds')).toBeGreaterThanOrEqual(60);
  await appUpdates.delete((await appUpdates.lockNext())?.id as number);
  expect(await value('auth_server_pending_app_updates')).toBe(0);
});

test('reports growing values as counters, which reads do not change', async () => {
  await read();
  expect(await read()).toContain('# TYPE things_total counter\nthings_total{kind="one"} 1\n');
});
