import { expect, test } from 'vitest';
import { AppStatus } from '../../gen/featureos/oauth/v1/app_pb.ts';
import { OrganizationStatus } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallStatus } from '../../gen/featureos/oauth/v1/install_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair } from '../support/world.ts';

const bed = testBed({ replicas: 3 });
const REVOKED = { active: false, inactiveReason: InactiveReason.REVOKED };
const SUSPENDED = { active: false, inactiveReason: InactiveReason.SUSPENDED };

test('finds an app with its installs, including ended ones', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  await world.install(app);
  const ended = await world.installId(app);
  await world.disconnect(ended);
  await world.install(app);
  const found = await world.operator.findApp({ clientId: app.clientId });
  expect(found.app).toMatchObject({ clientId: app.clientId, name: 'Roadmapper', status: AppStatus.ACTIVE });
  expect(found.installs).toMatchObject([
    { id: await world.installId(app), status: InstallStatus.ACTIVE },
    { id: ended, status: InstallStatus.REVOKED },
  ]);
});

test('finds an install by its id and by any of its tokens, active or not', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const revoked = await world.install(app);
  const live = expectStatus(200, await world.refresh(app, revoked.refresh_token)).body;
  const id = await world.installId(app);
  for (const by of [
    { case: 'installId', value: id },
    { case: 'token', value: revoked.access_token },
    { case: 'token', value: revoked.refresh_token },
    { case: 'token', value: live.access_token },
    { case: 'token', value: live.refresh_token },
  ] as const) {
    expect((await world.operator.findInstall({ by })).install).toMatchObject({ id, clientId: app.clientId });
  }
});

test('returns NOT_FOUND for unknown and malformed ids and tokens, and INVALID_FIELD if both are missing', async () => {
  const { operator } = bed.world;
  for (const installId of ['', 'x', '17', '00000000-0000-7000-8000-000000000000', "' OR 1=1 --", '\0']) {
    await expectRpcError(operator.findInstall({ by: { case: 'installId', value: installId } }), ErrorReason.NOT_FOUND);
    await expectRpcError(operator.revokeInstall({ installId, reason: 'r' }), ErrorReason.NOT_FOUND);
  }
  await expectRpcError(operator.findInstall({ by: { case: 'token', value: 'malformed' } }), ErrorReason.NOT_FOUND);
  await expectRpcError(operator.findInstall({}), ErrorReason.INVALID_FIELD);
  for (const clientId of ['', 'foapp_x', '\0']) {
    await expectRpcError(operator.findApp({ clientId }), ErrorReason.NOT_FOUND);
    await expectRpcError(operator.suspendApp({ clientId, reason: 'r' }), ErrorReason.NOT_FOUND);
  }
});

test('a suspended app has no active token and cannot be installed; once it is resumed, its tokens are active again', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const pair = await world.install(app);
  expect((await world.suspendApp(app)).app?.status).toBe(AppStatus.SUSPENDED);
  await world.expectEverywhere(pair.access_token, SUSPENDED);
  expect((await world.consent(app)).body.error).toBe('unauthorized_client');
  expect((await world.resumeApp(app)).app?.status).toBe(AppStatus.ACTIVE);
  await world.expectEverywhere(pair.access_token, { active: true });
});

test('repeating a suspension or a resumption changes nothing', async () => {
  const app = await bed.world.registerApp();
  await bed.world.suspendApp(app);
  await bed.tables.unchangedBy(() => bed.world.suspendApp(app));
  await bed.world.resumeApp(app);
  await bed.tables.unchangedBy(() => bed.world.resumeApp(app));
});

test('revokes an install like a disconnect, also repeatedly', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const pair = await world.install(app);
  const installId = await world.installId(app);
  await world.operator.revokeInstall({ installId, reason: 'abuse report 7' });
  await world.expectEverywhere(pair.access_token, REVOKED);
  expectOAuthError(await world.refresh(app, pair.refresh_token), 'invalid_grant');
  await bed.tables.unchangedBy(() => world.operator.revokeInstall({ installId, reason: 'again' }));
  const { events } = await world.operator.listAuditEvents({ installId, perPage: 1 });
  expect(events).toMatchObject([{ action: 'install.revoked', performedBy: 'operator:operator' }]);
  expect(events[0]?.details['reason']).toBe('abuse report 7');
});

test('rejects a reason that is empty, blank, longer than 500 characters or contains a NUL', async () => {
  const app = await bed.world.registerApp();
  await bed.tables.unchangedBy(async () => {
    for (const reason of ['', ' ', 'r'.repeat(501)]) {
      const call = bed.world.operator.suspendApp({ clientId: app.clientId, reason });
      await expectRpcError(call, ErrorReason.INVALID_FIELD);
    }
    const nul = bed.world.operator.suspendApp({ clientId: app.clientId, reason: 'a\0b' });
    await expectRpcError(nul, ErrorReason.INVALID_REQUEST);
  });
});

test('filters and pages the audit log, newest first', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  for (const name of ['a', 'b', 'c']) await world.changeApp(app, { name });
  const page = async (request: object) =>
    (await world.operator.listAuditEvents({ clientId: app.clientId, ...request })).events.map(({ action }) => action);
  expect(await page({})).toEqual(['app.changed', 'app.changed', 'app.changed', 'app.registered']);
  expect(await page({ perPage: 3, page: 2 })).toEqual(['app.registered']);
  expect(await page({ perPage: 3, page: 3 })).toEqual([]);
  expect(await page({ organizationId: 2n })).toEqual([]);
  for (const request of [{ perPage: 101 }, { page: 10_001 }]) {
    await expectRpcError(world.operator.listAuditEvents(request), ErrorReason.INVALID_REQUEST);
  }
  await expectRpcError(world.operator.listAuditEvents({ installId: 'malformed' }), ErrorReason.INVALID_FIELD);
});

test('a suspended organization has no active token until it is resumed; both changes are audited with the reason', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  const pair = await world.install(app);
  const code = await world.code(app);
  const { install } = await world.operator.findInstall({ by: { case: 'token', value: pair.access_token } });
  const request = { organizationId: install?.organization?.id as bigint, reason: 'abuse report 8' };
  const { organization: before } = await world.operator.findOrganization(request);
  const { organization: suspended } = await world.operator.suspendOrganization(request);
  expect(suspended).toEqual({ ...before, status: OrganizationStatus.SUSPENDED });
  await world.expectEverywhere(pair.access_token, SUSPENDED);
  await bed.tables.unchangedBy(() => world.operator.suspendOrganization(request));
  expect((await world.operator.resumeOrganization(request)).organization).toEqual(before);
  await world.expectEverywhere(pair.access_token, { active: true });
  expectOAuthError(await world.exchange(app, code), 'invalid_grant');
  const { events } = await world.operator.listAuditEvents({ ...request, perPage: 2 });
  expect(events.map(({ action, details }) => [action, details['reason']])).toEqual([
    ['organization.resumed', request.reason],
    ['organization.suspended', request.reason],
  ]);
});

test('an organization that does not exist is NOT_FOUND, and a suspension needs a reason', async () => {
  const { operator } = bed.world;
  const request = { organizationId: 987_654_321n, reason: 'r' };
  for (const call of [operator.findOrganization, operator.suspendOrganization, operator.resumeOrganization]) {
    await expectRpcError(call(request), ErrorReason.NOT_FOUND);
    await expectRpcError(call({ ...request, organizationId: 0n }), ErrorReason.INVALID_FIELD);
  }
  await expectRpcError(operator.suspendOrganization({ organizationId: 1n }), ErrorReason.INVALID_FIELD);
});

test('filters the audit log by action, by who acted and by time', async () => {
  const { world } = bed;
  const app = await world.registerApp();
  await world.suspendApp(app);
  const count = async (request: object) =>
    (await world.operator.listAuditEvents({ clientId: app.clientId, ...request })).events.length;
  expect(await count({})).toBe(2);
  expect(await count({ action: 'app.suspended' })).toBe(1);
  expect(await count({ action: 'app.resumed' })).toBe(0);
  expect(await count({ performedBy: 'operator:operator' })).toBe(1);
  const { events } = await world.operator.listAuditEvents({ clientId: app.clientId, action: 'app.suspended' });
  const occurredAt = events[0]?.occurredAt;
  expect(await count({ action: 'app.suspended', occurredFrom: occurredAt })).toBe(1);
  expect(await count({ action: 'app.suspended', occurredBefore: occurredAt })).toBe(0);
});

test('ends all installs that act as a user, but none that acts as a bot or as another user', async () => {
  const { world } = bed;
  const organization = await world.newOrganization();
  const installAs = async (actor: string): Promise<Pair> =>
    world.installInto(organization, await world.registerApp(), { scope: 'posts:read', actor });
  const ended = [await installAs('self'), await installAs('self')];
  const ofOther = await world.install(await world.registerApp(), { scope: 'posts:read', actor: 'self' });
  const kept = [await installAs('app'), ofOther];
  const request = { userId: BigInt(organization.admin), reason: 'account taken over' };
  expect(await world.operator.revokeInstallsOfUser(request)).toMatchObject({ installsEnded: 2, hasMore: false });
  for (const { access_token } of ended) await world.expectEverywhere(access_token, REVOKED);
  for (const { access_token } of kept) await world.expectEverywhere(access_token, { active: true });
  const { events } = await world.operator.listAuditEvents({
    organizationId: organization.id,
    action: 'install.revoked',
  });
  expect(events.map(({ details }) => details['reason'])).toEqual([request.reason, request.reason]);
  await bed.tables.unchangedBy(() => world.operator.revokeInstallsOfUser(request));
});
