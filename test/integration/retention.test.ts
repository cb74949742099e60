import { type Kysely, sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { JobRuns } from '../../services/auth-server/jobs/job-runs.ts';
import { Retention } from '../../services/auth-server/jobs/retention.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { systemClock } from '../../services/common/process/clock.ts';
import { createLog } from '../../services/common/process/log.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let db: Kysely<Schema>;
let app: RegisteredApp;
beforeAll(async () => {
  db = openDatabase({ url: bed.system.databaseUrl, poolSize: 5, connectTimeoutMs: 10_000, statementTimeoutMs: 30_000 });
  app = await bed.world.registerApp();
  return () => db.destroy();
});

const runs = new JobRuns(systemClock, createLog('test', 'silent'));
const newRetention = () => new Retention({ db, clock: systemClock, runs, auditMonths: 13 });

test('deletes pairs and codes 30 days after they ended or expired, and keeps pairs that are live or ended recently', async () => {
  const { world } = bed;
  const first = await world.install(app);
  const second = expectStatus(200, await world.refresh(app, first.refresh_token)).body;
  const third = expectStatus(200, await world.refresh(app, second.refresh_token)).body;
  await bed.tables.rows(
    "UPDATE tokens SET ended_at = now() - interval '31 days' WHERE id = (SELECT min(id) FROM tokens)",
  );
  await bed.tables.rows("UPDATE authorization_codes SET expires_at = now() - interval '31 days'");

  expect(await newRetention().round()).toBe(true);

  const left = await db.selectFrom('tokens').select('end_reason').orderBy('id').execute();
  expect(left.map(({ end_reason }) => end_reason)).toEqual(['refreshed', null]);
  expect(await db.selectFrom('authorization_codes').select('id').execute()).toEqual([]);
  expect(await world.isActive(third.access_token)).toBe(true);
});

test('deletes requests to install an app 30 days after they have expired', async () => {
  // The request of user 2 expired 22 days ago, the one of user 3 32 days ago.
  await sql`
    INSERT INTO install_requests
      (organization_id, app_id, requested_by, actor_mode, scopes, note, requested_at, expires_at)
    SELECT 2, min(apps.id), users.id, 'app', '{posts:read}', '', now(), now() - make_interval(days => users.id::int * 10 + 2)
    FROM apps, users WHERE users.id IN (2, 3) GROUP BY users.id`.execute(db);
  expect(await newRetention().round()).toBe(true);
  const left = await db.selectFrom('install_requests').select('requested_by').execute();
  expect(left).toEqual([{ requested_by: 2 }]);
});

test('deletes events, deliveries and attempts after 30 days, but not those of a replayed delivery', async () => {
  await deleteEvents();
  await insertOldDelivery('failed');
  await insertOldDelivery('pending');
  await sql`
    INSERT INTO webhook_events (organization_id, type, body, idempotency_key, digest, created_at)
    VALUES (2, 'post_created', '{}', 'fresh', '', now())`.execute(db);

  expect(await newRetention().round()).toBe(true);

  const events = await db.selectFrom('webhook_events').select('idempotency_key').orderBy('idempotency_key').execute();
  expect(events.map(({ idempotency_key }) => idempotency_key)).toEqual(['fresh', 'pending']);
  expect(await deliveryStatuses()).toEqual(['pending']);
  expect(await db.selectFrom('webhook_attempts').select('http_status').execute()).toHaveLength(1);
});

test('keeps a delivery whose replay has not been committed, without waiting for it', async () => {
  await deleteEvents();
  await insertOldDelivery('failed');
  await db.transaction().execute(async (replay) => {
    await sql`UPDATE webhook_deliveries SET status = 'pending', next_attempt_at = now()`.execute(replay);
    expect(await newRetention().round()).toBe(true);
  });
  expect(await deliveryStatuses()).toEqual(['pending']);
});

async function deleteEvents() {
  await db.deleteFrom('webhook_deliveries').execute();
  await db.deleteFrom('webhook_events').execute();
}

async function deliveryStatuses() {
  const rows = await db.selectFrom('webhook_deliveries').select('status').execute();
  return rows.map(({ status }) => status);
}

/** Inserts an event of 31 days ago, whose idempotency key is `status`, with a delivery of that status and one failed attempt. */
async function insertOldDelivery(status: 'failed' | 'pending') {
  await sql`
    WITH event AS (
      INSERT INTO webhook_events (organization_id, type, body, idempotency_key, digest, created_at)
      VALUES (2, 'post_created', '{}', ${status}, '', now() - interval '31 days') RETURNING id
    ), delivery AS (
      INSERT INTO webhook_deliveries (id, event_id, hook_id, app_id, status, next_attempt_at, created_at)
      SELECT uuidv7(interval '-31 days'), event.id, hooks.id, app_id, ${status},
        CASE ${status} WHEN 'pending' THEN now() + interval '1 hour' END, now() - interval '31 days'
      FROM event, (SELECT id, app_id FROM webhook_hooks LIMIT 1) AS hooks
      RETURNING id
    )
    INSERT INTO webhook_attempts (delivery_id, started_at, duration_ms, http_status, response_excerpt)
    SELECT id, now(), 1, 500, '' FROM delivery`.execute(db);
}
