import { beforeEach, expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { SessionService } from '../../gen/featureos/oauth/v1/session_service_pb.ts';
import { expectError, expectOAuthError, expectRedirect, expectRpcError } from '../support/expect-errors.ts';
import {
  consentInSandbox,
  createSandbox,
  listedSandbox,
  newSandboxOwner,
  type SandboxOwner,
} from '../support/sandboxes.ts';
import { testBed } from '../support/test-bed.ts';
import { STRANGER } from '../support/world.ts';

const bed = testBed();
let owner: SandboxOwner;

beforeEach(async () => {
  owner = await newSandboxOwner(bed);
});

const target = () => ({ target_organization_id: Number(owner.sandbox.id) });
const installAs = (actor: 'app' | 'self') => bed.world.install(owner.app, { ...target(), actor }, owner.admin);
const setRole = (role: Role) => bed.world.setRole(owner.id, owner.admin, role);
const removeAdmin = () => bed.world.removeMember(owner);

/** The sandbox in the session of a user; undefined if it is not listed. */
async function inSession(userId = owner.admin) {
  const { session } = await (await bed.world.rpcAs(SessionService, userId)).getSession({});
  return session?.organizations.find(({ organization }) => organization?.id === owner.sandbox.id);
}

test("the session of a member of the owner lists the sandbox, with the member's role in the owner", async () => {
  expect(await inSession()).toMatchObject({ role: Role.ADMIN, sandboxOf: owner.id });
  await setRole(Role.CSM);
  expect(await inSession()).toMatchObject({ role: Role.CSM });
  expect(await inSession(STRANGER)).toBeUndefined();
});

test('a self token follows the role of its user in the owner at once', async () => {
  const pair = await installAs('self');
  const actor = { mode: ActorMode.SELF, userId: BigInt(owner.admin) };
  expect((await bed.world.directory.getActor({ actor, organizationId: owner.sandbox.id })).name).toContain('Admin');
  await bed.world.expectEverywhere(pair.access_token, { scopes: ['posts:read', 'posts:write', 'comments:read'] });
  await setRole(Role.MEMBER);
  await bed.world.expectEverywhere(pair.access_token, { active: true, scopes: ['posts:read', 'comments:read'] });
  await removeAdmin();
  await bed.world.expectEverywhere(pair.access_token, { active: false });
  expectOAuthError(await bed.world.refresh(owner.app, pair.refresh_token), 'invalid_grant');
});

test('refuses a code whose user is no longer an admin of the owner', async () => {
  const code = await bed.world.code(owner.app, target(), owner.admin);
  await setRole(Role.MANAGER);
  expectOAuthError(await bed.world.exchange(owner.app, code), 'invalid_grant');
});

test('the removal of a user from the owner voids their codes for the sandbox', async () => {
  const code = await bed.world.code(owner.app, target(), owner.admin);
  await removeAdmin();
  await setRole(Role.ADMIN);
  expectOAuthError(await bed.world.exchange(owner.app, code), 'invalid_grant');
});

test.each<[string, (suspend: boolean) => Promise<unknown>]>([
  [
    'an operator',
    (suspend) => {
      const { suspendOrganization, resumeOrganization } = bed.world.operator;
      const request = { organizationId: owner.id, reason: 'test' };
      return suspend ? suspendOrganization(request) : resumeOrganization(request);
    },
  ],
  ['the platform', (suspend) => (suspend ? bed.world.suspend(owner) : bed.world.activate(owner))],
])('a sandbox is suspended and resumed with its owner by %s', async (_by, setSuspended) => {
  const pair = await installAs('app');
  const code = await bed.world.code(owner.app, target(), owner.admin);
  await setSuspended(true);
  await bed.world.expectEverywhere(pair.access_token, { active: false });
  expect(await inSession()).toMatchObject({ status: OrganizationStatus.SUSPENDED });
  expectRedirect(await consentInSandbox(bed, owner), 'unauthorized_client');
  expect((await createSandbox(bed, owner)).id).toBe(owner.sandbox.id);
  await setSuspended(false);
  await bed.world.expectEverywhere(pair.access_token, { active: true });
  expectOAuthError(await bed.world.exchange(owner.app, code), 'invalid_grant');
  expect(await inSession()).toMatchObject({ status: OrganizationStatus.ACTIVE });
});

test('a sandbox that is created for a suspended owner is suspended', async () => {
  const suspended = await bed.world.newOrganization();
  await bed.world.suspend(suspended);
  const { id } = await createSandbox(bed, suspended);
  const { organization } = await bed.world.operator.findOrganization({ organizationId: id });
  expect(organization?.status).toBe(OrganizationStatus.SUSPENDED);
});

test('a sandbox is renamed with its owner', async () => {
  await bed.world.putOrganization(owner, { name: 'Renamed' });
  expect(await listedSandbox(bed, owner)).toMatchObject({ name: 'Renamed sandbox' });
});

test('a sandbox is deleted with its owner, and is not recreated with it', async () => {
  const pair = await installAs('app');
  await bed.world.directory.deleteOrganization({ organizationId: owner.id });
  await bed.world.expectEverywhere(pair.access_token, { active: false });
  await bed.tables.appsUpdated();
  expectOAuthError(await bed.world.refresh(owner.app, pair.refresh_token), 'invalid_client', 401);

  await bed.world.putOrganization(owner);
  await setRole(Role.ADMIN);
  expect(await inSession()).toBeUndefined();
  const app = await bed.world.registerApp({}, owner);
  expectError(await consentInSandbox(bed, owner, owner.admin, app), 403);
  await createSandbox(bed, owner);
  await bed.world.install(app, target(), owner.admin);
  await bed.world.expectEverywhere(pair.access_token, { active: false });
});

test('the platform cannot change a sandbox, or give another organization the subdomain of a sandbox', async () => {
  const { directory } = bed.world;
  const { id } = owner.sandbox;
  for (const call of [
    () => bed.world.putOrganization({ id, subdomain: 'renamed' }),
    () => bed.world.putOrganization({ id: owner.id, subdomain: 'sandbox--1' }),
    () => directory.deleteOrganization({ organizationId: id }),
    () => bed.world.setRole(id, STRANGER, Role.ADMIN),
    () => directory.deleteMembership({ organizationId: id, userId: BigInt(owner.admin) }),
  ]) {
    await expectRpcError(call(), ErrorReason.INVALID_FIELD);
  }
});

test('an operator cannot suspend a sandbox, only its owner', async () => {
  const request = { organizationId: owner.sandbox.id, reason: 'test' };
  await expectRpcError(bed.world.operator.suspendOrganization(request), ErrorReason.CONFLICT);
});
