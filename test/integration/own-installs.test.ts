import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallStatus } from '../../gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { OwnInstallService } from '../../gen/featureos/oauth/v1/own_install_service_pb.ts';
import { expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin, Pair, RegisteredApp } from '../support/world.ts';

const bed = testBed();

const SCOPES = ['posts:read', 'posts:write'];

let organization: OrganizationWithAdmin;
let app: RegisteredApp;
let pair: Pair;

const serviceAs = (userId: number) => bed.world.rpcAs(OwnInstallService, userId);
const list = async (userId = organization.admin, paging = {}) =>
  (await (await serviceAs(userId)).listOwnInstalls(paging)).installs;
/** The id of the only install that acts as the user. */
const ownInstallId = async () => (await list())[0]?.id ?? '';
const disconnect = async (installId: string, userId = organization.admin) =>
  (await serviceAs(userId)).disconnectOwnInstall({ installId });
const setRole = (role: Role) => bed.world.setRole(organization.id, organization.admin, role);

/** Adds a second admin to the organization. */
async function colleague(): Promise<number> {
  const { admin } = await bed.world.newOrganization();
  await bed.world.setRole(organization.id, admin, Role.ADMIN);
  return admin;
}

async function expectNotFound(installId: string, userId = organization.admin): Promise<void> {
  await expectRpcError(disconnect(installId, userId), ErrorReason.NOT_FOUND);
  expect(await bed.world.isActive(pair.access_token)).toBe(true);
}

beforeEach(async () => {
  organization = await bed.world.newOrganization();
  app = await bed.world.registerApp({ name: 'Assistant', declared_scopes: SCOPES });
  pair = await bed.world.installInto(organization, app, { actor: 'self' });
});

test('lists only the installs that act as the user, in every organization, newest first', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, organization.admin, Role.ADMIN);
  await bed.world.installInto({ ...other, admin: organization.admin }, app, { actor: 'self' });
  await bed.world.installInto(organization, await bed.world.registerApp({ name: 'Bot' }), { actor: 'app' });
  await bed.world.installInto({ ...organization, admin: await colleague() }, await bed.world.registerApp(), {
    actor: 'self',
  });
  const installs = await list();
  expect(installs.map(({ organization }) => organization?.id)).toEqual([other.id, organization.id]);
  expect(installs[1]).toMatchObject({
    clientId: app.clientId,
    appName: 'Assistant',
    appOwnerOrganization: { subdomain: 'acme' },
    organization: { subdomain: organization.subdomain },
    effectiveScopes: SCOPES,
    status: InstallStatus.ACTIVE,
  });
  expect(await list(organization.admin, { page: 2, perPage: 1 })).toEqual(installs.slice(1));
});

test('lists the scopes of each install in the current role of the user, as introspection does', async () => {
  await setRole(Role.MEMBER);
  const [install] = await list();
  expect(install?.effectiveScopes).toEqual(['posts:read']);
  expect((await bed.world.introspect(pair.access_token)).scopes).toEqual(install?.effectiveScopes);
});

test('a user who is not an admin can end an install that acts as them: tokens end at once, repeats change nothing', async () => {
  await setRole(Role.MEMBER);
  const id = await ownInstallId();
  await disconnect(id);
  await bed.world.expectEverywhere(pair.access_token, { active: false });
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  expect(await list()).toEqual([]);
  await bed.tables.unchangedBy(() => disconnect(id));
  const { events } = await bed.world.operator.listAuditEvents({ installId: id });
  expect(events[0]).toMatchObject({
    action: 'install.disconnected',
    performedBy: `user:${organization.admin}`,
    details: { reason: 'disconnected by the user whom it acts as' },
  });
});

test('a disconnect voids the outstanding code of the same app and organization', async () => {
  const id = await ownInstallId();
  const code = await bed.world.codeFor(organization, app, { actor: 'self' });
  await disconnect(id);
  expectOAuthError(await bed.world.exchange(app, code), 'invalid_grant');
});

test('another admin can end an install that acts as the user only with InstallService.Disconnect', async () => {
  const id = await ownInstallId();
  const admin = await colleague();
  expect(await list(admin)).toEqual([]);
  await expectNotFound(id, admin);
  const installs = await bed.world.rpcAs(InstallService, admin);
  await installs.disconnect({ installId: id }, { headers: { 'x-organization': organization.subdomain } });
  expect(await bed.world.isActive(pair.access_token)).toBe(false);
});

test('an install that acts as a bot is not found, even by the admin who consented', async () => {
  const id = await ownInstallId();
  pair = await bed.world.installInto(organization, app, { actor: 'app' });
  expect(await list()).toEqual([]);
  await expectNotFound(id);
});

test('an install that has since been replaced by one of another user is not found', async () => {
  const id = await ownInstallId();
  pair = await bed.world.installInto({ ...organization, admin: await colleague() }, app, { actor: 'self' });
  await expectNotFound(id);
});

test('a user who has left the organization sees nothing of it', async () => {
  const id = await ownInstallId();
  await bed.world.removeMember(organization);
  expect(await list()).toEqual([]);
  await expectRpcError(disconnect(id), ErrorReason.NOT_FOUND);
});

test.each(['', 'nonsense', '00000000-0000-7000-8000-000000000000'])('the id %j is not found', (id) =>
  expectNotFound(id));
