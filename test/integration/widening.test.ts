import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { AppUpdateReason } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { openSession } from '../support/database.ts';
import { expectError, expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
const ALL = ['posts:read', 'posts:write', 'comments:read'];

/** A session that locks the rows of installs, so that no batch of updates completes. */
let lockHolder: Client;
let app: RegisteredApp;
let organization: OrganizationWithAdmin;

beforeEach(async () => {
  lockHolder = await openSession(bed.system.databaseUrl);
  app = await bed.world.registerApp();
  organization = await bed.world.newOrganization();
});

const hold = () => lockHolder.query('BEGIN; SELECT FROM installs FOR NO KEY UPDATE');
const release = () => lockHolder.query('ROLLBACK');
const declare = (scopes: readonly string[]) => bed.world.changeApp(app, { declared_scopes: scopes });
const pending = async (clientId = app.clientId) =>
  (await bed.world.operator.listPendingAppUpdates({ clientId })).updates;

const installOf = (organization: OrganizationWithAdmin) => bed.world.installOf(app, organization);

test('rejects additions while installs are being updated; afterwards installs do not regain removed scopes', async () => {
  const { refresh_token: token } = await bed.world.installInto(organization, app);
  await hold();
  expectStatus(200, await declare(['posts:read']));
  expect((await installOf(organization)).granted_scopes).toEqual(['posts:read']);
  const refused = await declare(ALL);
  expectError(refused, 409, expect.stringContaining('try again later'));
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const refreshed = expectStatus(200, await bed.world.refresh(app, token)).body;
  expect(refreshed.scope).toBe('posts:read');
  await release();
  await bed.tables.appsUpdated();
  expectStatus(200, await declare(ALL));
  expect((await installOf(organization)).granted_scopes).toEqual(['posts:read']);
  expect((await bed.world.refresh(app, refreshed.refresh_token)).body.scope).toBe('posts:read');
});

test('while installs are being updated, rejects additions of events and modes, and accepts other changes', async () => {
  const scopes = { declared_scopes: [...ALL, 'webhooks:manage'], webhook_url: 'https://app.example/hooks' };
  const events = { ...scopes, subscribed_webhook_events: ['app_installed'] };
  expectStatus(200, await bed.world.changeApp(app, events));
  await bed.world.installInto(organization, app);
  await hold();
  expectStatus(200, await bed.world.changeApp(app, { allowed_actor_modes: ['app'], subscribed_webhook_events: [] }));
  expectError(await bed.world.changeApp(app, { allowed_actor_modes: ['app', 'self'] }), 409);
  expectError(await bed.world.changeApp(app, events), 409);
  expectStatus(200, await bed.world.changeApp(app, { name: 'Renamed' }));
  expectStatus(200, await declare(['posts:read', 'webhooks:manage']));
  await release();
});

test('a widening waits for an update that ends within 2 s, and succeeds', async () => {
  await bed.world.installInto(organization, app);
  await hold();
  expectStatus(200, await declare(['posts:read']));
  const widening = declare(ALL);
  // Nothing shows that a request waits, except that it has no response yet.
  expect(await Promise.race([widening, setTimeout(300, 'waiting')])).toBe('waiting');
  await release();
  expectStatus(200, await widening);
});

test('an app can be deleted while its installs are being updated, and operators see both pending updates', async () => {
  await bed.world.installInto(organization, app);
  await hold();
  expectStatus(200, await declare(['posts:read']));
  expectStatus(204, await bed.world.deleteApp(app));
  expect(await installOf(organization)).toBeUndefined();
  const narrowed = { clientId: app.clientId, reason: AppUpdateReason.NARROWED, installsDone: 0 };
  expect(await pending()).toMatchObject([narrowed, { ...narrowed, reason: AppUpdateReason.DELETED }]);
  expect(await pending('foapp_other')).toEqual([]);
  expect((await pending(''))[0]?.createdAt).toBeDefined();
  await release();
  await bed.tables.appsUpdated();
  expect(await pending()).toEqual([]);
  expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
});

test('an install whose mode is withdrawn ends before its row is updated: no refresh; a disconnect keeps the reason', async () => {
  const { refresh_token: token } = await bed.world.installInto(organization, app, { actor: 'self' });
  const { id } = await installOf(organization);
  await hold();
  expectStatus(200, await bed.world.changeApp(app, { allowed_actor_modes: ['app'] }));
  expect(await installOf(organization)).toBeUndefined();
  expectOAuthError(await bed.world.refresh(app, token), 'invalid_grant');
  await release();
  expectStatus(204, await bed.world.disconnect(id, organization));
  await bed.tables.appsUpdated();
  expect(await bed.tables.count('installs', `id = '${id}' AND end_reason = 'mode_withdrawn'`)).toBe(1);
});

test('a batch whose database session is killed is repeated', async () => {
  await bed.world.installInto(organization, app);
  await hold();
  expectStatus(200, await declare(['posts:read']));
  const waiting = "wait_event_type = 'Lock' AND datname = current_database()";
  await expect.poll(() => bed.tables.count('pg_stat_activity', waiting), { timeout: 10_000 }).toBeGreaterThan(0);
  await bed.tables.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${waiting}`);
  await release();
  await bed.tables.appsUpdated();
  const [row] = await bed.tables.rows(
    'SELECT granted_scopes FROM installs JOIN apps ON apps.id = app_id WHERE client_id = $1',
    [app.clientId],
  );
  expect(row).toEqual({ granted_scopes: ['posts:read'] });
});
