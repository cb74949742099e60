import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { AppUpdateReason } from '../../gen/featureos/oauth/v1/operator_service_pb.ts';
import { openSession } from '../support/database.ts';
import { expectError, expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 3 });
const REVOKED = { active: false, inactiveReason: InactiveReason.REVOKED };

let organization: OrganizationWithAdmin;
let other: OrganizationWithAdmin;
/** Owned by acme. */
let acmeApp: RegisteredApp;
/** Owned by `organization`, which is deleted. */
let ownedApp: RegisteredApp;

beforeEach(async () => {
  [organization, other] = [await bed.world.newOrganization(), await bed.world.newOrganization()];
  [acmeApp, ownedApp] = [await bed.world.registerApp(), await bed.world.registerApp({}, organization)];
});

const remove = ({ id }: OrganizationWithAdmin) => bed.world.directory.deleteOrganization({ organizationId: id });

/** Installs the app. Returns when the state of its access token is in the cache. */
async function installed(app: RegisteredApp, target: OrganizationWithAdmin, actor: string): Promise<Pair> {
  const pair = await bed.world.installInto(target, app, { actor });
  await bed.cache(pair.access_token);
  return pair;
}

/** Blocks updates of install rows while `during` runs. */
async function withLockedRows(during: () => Promise<void>): Promise<void> {
  const session = await openSession(bed.system.databaseUrl);
  await session.query('BEGIN; SELECT FROM installs FOR NO KEY UPDATE');
  await during();
  await session.query('ROLLBACK');
}

test('all tokens in a deleted organization and of its apps elsewhere are inactive when the call returns; no others', async () => {
  const revoked = [
    await installed(acmeApp, organization, 'app'),
    await installed(ownedApp, organization, 'self'),
    await installed(ownedApp, other, 'app'),
  ];
  const active = await installed(acmeApp, other, 'self');
  await withLockedRows(async () => {
    await remove(organization);
    for (const { access_token: token } of revoked) await bed.world.expectEverywhere(token, REVOKED);
    await bed.world.expectEverywhere(active.access_token, { active: true });
    const refresh = (app: RegisteredApp, pair?: Pair) => bed.world.refresh(app, pair?.refresh_token as string);
    expectOAuthError(await refresh(acmeApp, revoked[0]), 'invalid_grant');
    expectOAuthError(await refresh(ownedApp, revoked[1]), 'invalid_client', 401);
    const { updates } = await bed.world.operator.listPendingAppUpdates({});
    expect(updates.map(({ organizationId, clientId, reason }) => [organizationId, clientId, reason])).toEqual([
      [0n, ownedApp.clientId, AppUpdateReason.DELETED],
      [organization.id, '', AppUpdateReason.ORGANIZATION_DELETED],
    ]);
  });
  await bed.tables.appsUpdated();
  const ended = await bed.tables.rows(
    `SELECT end_reason, count(*)::int FROM installs
     WHERE organization_id = $1 OR app_id = (SELECT id FROM apps WHERE client_id = $2) GROUP BY 1 ORDER BY 1`,
    [String(organization.id), ownedApp.clientId],
  );
  expect(ended).toEqual([
    { end_reason: 'app_deleted', count: 1 },
    { end_reason: 'organization_deleted', count: 2 },
  ]);
});

test('admins of a deleted organization have no access, its codes are void, and nobody can join it', async () => {
  const target = { target_organization_id: Number(organization.id) };
  const code = await bed.world.codeFor(organization, acmeApp);
  const elsewhere = await bed.world.codeFor(other, ownedApp);
  await remove(organization);
  expectOAuthError(await bed.world.exchange(acmeApp, code), 'invalid_grant');
  expectOAuthError(await bed.world.exchange(ownedApp, elsewhere), 'invalid_client', 401);
  for (const path of ['/oauth/installs', '/oauth/apps'])
    expectStatus(403, await bed.world.asAdmin(organization, 'GET', path));
  expectError(await bed.world.consent(acmeApp, target, organization.admin), 403);
  const membership = { organizationId: organization.id, userId: BigInt(organization.admin), role: Role.ADMIN };
  await expectRpcError(bed.world.directory.putMembership({ membership }), ErrorReason.NOT_FOUND);
});

test('repeating the call, or deleting an unknown organization, changes nothing', async () => {
  await remove(organization);
  await bed.tables.unchangedBy(async () => {
    await remove(organization);
    await bed.world.directory.deleteOrganization({ organizationId: 999_999n });
  });
  await expectRpcError(bed.world.directory.deleteOrganization({ organizationId: 0n }), ErrorReason.INVALID_FIELD);
});

test('a recreated organization has none of its tokens, members or apps; another organization can use its subdomain', async () => {
  const pair = await installed(acmeApp, organization, 'app');
  const elsewhere = await installed(ownedApp, other, 'app');
  await remove(organization);
  await bed.world.putOrganization({ id: 7_000n + organization.id, subdomain: organization.subdomain });
  await bed.world.putOrganization({ id: organization.id, subdomain: `again-${organization.id}` });
  for (const { access_token: token } of [pair, elsewhere]) await bed.world.expectEverywhere(token, REVOKED);
  const apps = () => bed.world.as(organization.admin, 'GET', '/oauth/apps', undefined, `again-${organization.id}`);
  expectStatus(403, await apps());
  await bed.world.setRole(organization.id, organization.admin, Role.ADMIN);
  expect((await apps()).body.apps).toEqual([]);
  const fresh = await bed.world.installInto(organization, acmeApp);
  await bed.world.expectEverywhere(fresh.access_token, { active: true });
  await bed.world.expectEverywhere(pair.access_token, REVOKED);
});

test('a deleted organization cannot be recreated while the rows of its installs are being updated', async () => {
  const pair = await installed(acmeApp, organization, 'app');
  await withLockedRows(async () => {
    await remove(organization);
    // Until the job has claimed the update and waits for the rows, putOrganization would claim it, and wait itself.
    await expect.poll(() => bed.tables.waitingForLocks()).toBeGreaterThan(0);
    const error = await expectRpcError(bed.world.putOrganization(organization), ErrorReason.CONFLICT);
    expect(error.findDetails(ErrorDetailSchema)[0]?.retryAfterSeconds).toBeGreaterThan(0);
  });
  await bed.world.putOrganization(organization);
  await bed.world.expectEverywhere(pair.access_token, REVOKED);
});

test('the deletion of an organization and of its apps is audited', async () => {
  await remove(organization);
  const { events } = await bed.world.operator.listAuditEvents({ organizationId: organization.id, perPage: 2 });
  expect(events.map(({ action, clientId, performedBy }) => [action, clientId, performedBy])).toEqual([
    ['organization.deleted', '', 'service:platform'],
    ['app.deleted', ownedApp.clientId, 'service:platform'],
  ]);
});

test('the audit events of all apps of the organization are written in one statement', async () => {
  for (let app = 0; app < 3; app++) await bed.world.registerApp({}, organization);
  await remove(organization);
  // cmin: the number of the statement, in its transaction, that inserted the row.
  const rows = await bed.tables.rows<{ apps: number; statements: number }>(
    `SELECT count(*)::int AS apps, count(DISTINCT cmin::text)::int AS statements FROM audit_events
     WHERE organization_id = $1 AND action = 'app.deleted'`,
    [organization.id],
  );
  expect(rows).toEqual([{ apps: 4, statements: 1 }]);
});
