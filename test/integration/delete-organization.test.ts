import pg from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { AppUpdateReason } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { expectError, expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OwnOrganization, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 3 });
const REVOKED = { active: false, inactiveReason: InactiveReason.REVOKED };

let own: OwnOrganization;
let other: OwnOrganization;
/** Owned by acme. */
let foreign: RegisteredApp;
let owned: RegisteredApp;

beforeEach(async () => {
  [own, other] = [await bed.world.newOrganization(), await bed.world.newOrganization()];
  [foreign, owned] = [await bed.world.registerApp(), await bed.world.registerApp({}, own)];
});

const remove = ({ id }: OwnOrganization) => bed.world.directory.deleteOrganization({ organizationId: id });

/** Installs the app and makes every replica cache the token. */
async function installed(app: RegisteredApp, target: OwnOrganization, actor: string): Promise<Pair> {
  const pair = await bed.world.installInto(target, app, { actor });
  await bed.entries.fill(pair.access_token, () => bed.world.introspectEverywhere(pair.access_token));
  return pair;
}

/** Blocks updates of install rows while `during` runs. */
async function withLockedRows(during: () => Promise<void>): Promise<void> {
  const lockHolder = new pg.Client({ connectionString: bed.system.databaseUrl });
  await lockHolder.connect();
  await lockHolder.query('BEGIN; SELECT FROM installs FOR NO KEY UPDATE');
  try {
    await during();
  } finally {
    await lockHolder.end();
  }
}

test('every token in it, and of its apps elsewhere, is inactive when the call returns; no others', async () => {
  const revoked = [
    await installed(foreign, own, 'app'),
    await installed(owned, own, 'self'),
    await installed(owned, other, 'app'),
  ];
  const active = await installed(foreign, other, 'self');
  await withLockedRows(async () => {
    await remove(own);
    for (const { access_token: token } of revoked) await bed.world.expectEverywhere(token, REVOKED);
    await bed.world.expectEverywhere(active.access_token, { active: true });
    for (const [app, pair] of [
      [foreign, revoked[0]],
      [owned, revoked[1]],
    ] as const) {
      const { body } = await bed.world.refresh(app, pair?.refresh_token as string);
      expect(body.error).toBe(app === owned ? 'invalid_client' : 'invalid_grant');
    }
    const { updates } = await bed.world.operator.listPendingAppUpdates({});
    expect(updates.map(({ organizationId, clientId, reason }) => [organizationId, clientId, reason])).toEqual([
      [0n, owned.clientId, AppUpdateReason.DELETED],
      [own.id, '', AppUpdateReason.ORGANIZATION_DELETED],
    ]);
  });
  await bed.tables.appsUpdated();
  const ended = await bed.tables.rows(
    `SELECT end_reason FROM installs WHERE organization_id = $1 OR app_id = (SELECT id FROM apps WHERE client_id = $2)
     ORDER BY id`,
    [String(own.id), owned.clientId],
  );
  expect(ended.map((row) => (row as { end_reason: string }).end_reason).sort()).toEqual([
    'app_deleted',
    'organization_deleted',
    'organization_deleted',
  ]);
});

test('its admins have no access, its codes are void, and events for it are rejected', async () => {
  const target = { target_organization_id: Number(own.id) };
  const code = await bed.world.code(foreign, target, own.admin);
  const elsewhere = await bed.world.code(owned, { target_organization_id: Number(other.id) }, other.admin);
  await remove(own);
  expectOAuthError(await bed.world.exchange(foreign, code), 'invalid_grant');
  expectOAuthError(await bed.world.exchange(owned, elsewhere), 'invalid_client', 401);
  expectStatus(403, await bed.world.as(own.admin, 'GET', '/oauth/installs', undefined, own.subdomain));
  expectStatus(403, await bed.world.as(own.admin, 'GET', '/oauth/apps', undefined, own.subdomain));
  expectError(await bed.world.consent(foreign, target, own.admin), 403);
  const membership = { organizationId: own.id, userId: BigInt(own.admin), role: Role.ADMIN };
  await expectRpcError(bed.world.directory.putMembership({ membership }), ErrorReason.NOT_FOUND);
});

test('repeating the call, or deleting an unknown organization, changes nothing', async () => {
  await remove(own);
  await bed.tables.unchangedBy(async () => {
    await remove(own);
    await bed.world.directory.deleteOrganization({ organizationId: 999_999n });
  });
  await expectRpcError(bed.world.directory.deleteOrganization({ organizationId: 0n }), ErrorReason.INVALID_FIELD);
});

test('its subdomain can be used again, and recreating it restores no token, member or app', async () => {
  const pair = await installed(foreign, own, 'app');
  const elsewhere = await installed(owned, other, 'app');
  await remove(own);
  await bed.world.putOrganization({ id: 7_000n + own.id, subdomain: own.subdomain });
  await bed.world.putOrganization({ id: own.id, subdomain: `again-${own.id}` });
  for (const { access_token: token } of [pair, elsewhere]) await bed.world.expectEverywhere(token, REVOKED);
  expectStatus(403, await bed.world.as(own.admin, 'GET', '/oauth/apps', undefined, `again-${own.id}`));
  await bed.world.setRole(own.id, own.admin, Role.ADMIN);
  const { body } = await bed.world.as(own.admin, 'GET', '/oauth/apps', undefined, `again-${own.id}`);
  expect(body.apps).toEqual([]);
  const fresh = await bed.world.installInto(own, foreign);
  await bed.world.expectEverywhere(fresh.access_token, { active: true });
  await bed.world.expectEverywhere(pair.access_token, REVOKED);
});

test('it cannot be recreated while its installs are being ended', async () => {
  const pair = await installed(foreign, own, 'app');
  await withLockedRows(async () => {
    await remove(own);
    // Otherwise the call would wait for the rows.
    await expect.poll(() => bed.tables.count('pg_locks', 'NOT granted')).toBeGreaterThan(0);
    const error = await expectRpcError(bed.world.putOrganization(own), ErrorReason.CONFLICT);
    expect(error.findDetails(ErrorDetailSchema)[0]?.retryAfterSeconds).toBeGreaterThan(0);
  });
  await bed.world.putOrganization(own);
  await bed.world.expectEverywhere(pair.access_token, REVOKED);
});

test('it is audited together with its deleted apps', async () => {
  await remove(own);
  const { events } = await bed.world.operator.listAuditEvents({ organizationId: own.id, perPage: 2 });
  expect(events.map(({ action, clientId, performedBy }) => [action, clientId, performedBy])).toEqual([
    ['organization.deleted', '', 'service:platform'],
    ['app.deleted', owned.clientId, 'service:platform'],
  ]);
});

test('records the audit events of many apps in one statement', async () => {
  for (let app = 0; app < 3; app++) await bed.world.registerApp({}, own);
  await remove(own);
  // cmin: which statement of its transaction has written the row.
  const rows = await bed.tables.rows<{ apps: number; statements: number }>(
    `SELECT count(*)::int AS apps, count(DISTINCT cmin::text)::int AS statements FROM audit_events
     WHERE organization_id = $1 AND action = 'app.deleted'`,
    [own.id],
  );
  expect(rows).toEqual([{ apps: 4, statements: 1 }]);
});
