import { beforeEach, expect, test } from 'vitest';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallPolicyService } from '../../gen/featureos/oauth/v1/install_policy_service_pb.ts';
import { InstallRequestService } from '../../gen/featureos/oauth/v1/install_request_service_pb.ts';
import { OwnInstallService } from '../../gen/featureos/oauth/v1/own_install_service_pb.ts';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { expectError, expectRedirect, expectRpcError } from '../support/expect-errors.ts';
import {
  consentInSandbox,
  createSandbox,
  listedSandbox,
  newSandboxOwner,
  type SandboxOwner,
} from '../support/sandboxes.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair, REDIRECT_URI, STRANGER } from '../support/world.ts';

const bed = testBed();
let owner: SandboxOwner;

beforeEach(async () => {
  owner = await newSandboxOwner(bed);
});

const target = () => ({ target_organization_id: Number(owner.sandbox.id) });
const inSandbox = () => ({ headers: { 'x-organization': owner.sandbox.subdomain } });

/** Adds a user to the owner. */
async function newMember(role: Role): Promise<number> {
  const { admin } = await bed.world.newOrganization();
  await bed.world.setRole(owner.id, admin, role);
  return admin;
}

test('an organization has one sandbox, which the first CreateSandbox creates', async () => {
  const first = await bed.world.newOrganization();
  const created = await Promise.all([createSandbox(bed, first), createSandbox(bed, first)]);
  const sandbox = { id: first.id + 10n ** 12n, subdomain: `sandbox--${first.id}`, name: `${first.subdomain} sandbox` };
  expect(created).toMatchObject([sandbox, sandbox]);
  const { events } = await bed.world.operator.listAuditEvents({ organizationId: first.id, action: 'sandbox.created' });
  expect(events).toMatchObject([{ performedBy: `user:${first.admin}`, details: { subdomain: sandbox.subdomain } }]);
});

test('only an admin of the owner can create the sandbox', async () => {
  for (const userId of [await newMember(Role.MANAGER), STRANGER]) {
    await expectRpcError(createSandbox(bed, owner, userId), ErrorReason.NOT_AN_ADMIN);
  }
});

test('a sandbox cannot have a sandbox or own apps', async () => {
  const { subdomain } = owner.sandbox;
  await expectRpcError(createSandbox(bed, { subdomain, admin: owner.admin }), ErrorReason.CONFLICT);
  const fields = { name: 'App', redirect_uris: [REDIRECT_URI], allowed_actor_modes: ['app'], declared_scopes: [] };
  expectError(await bed.world.as(owner.admin, 'POST', '/oauth/apps', fields, subdomain), 409);
});

test.each([
  'app',
  'self',
])('an admin of the owner installs its app in the sandbox in mode %s, and disconnects it', async (actor) => {
  expect(await listedSandbox(bed, owner)).toMatchObject({ is_sandbox: true, role: 'admin', may_install: true });
  const pair = await bed.world.install(owner.app, { ...target(), actor }, owner.admin);
  const { id, subdomain } = owner.sandbox;
  await bed.world.expectEverywhere(pair.access_token, { active: true, organization: { id, subdomain } });
  const refreshed: Pair = expectStatus(200, await bed.world.refresh(owner.app, pair.refresh_token)).body;
  await bed.world.expectEverywhere(refreshed.access_token, { active: true });
  expect(await bed.world.installs(owner)).toEqual([]);
  const sandboxAdmin = { admin: owner.admin, subdomain };
  const installId = await bed.world.installId(owner.app, sandboxAdmin);
  expectStatus(204, await bed.world.disconnect(installId, sandboxAdmin));
  await bed.world.expectEverywhere(refreshed.access_token, { active: false });
});

test('events of the sandbox are published to an app that acts as a member of the owner', async () => {
  owner = await newSandboxOwner(bed, {
    declared_scopes: ['webhooks:manage'],
    webhook_url: 'https://hooks.example/in',
    subscribed_webhook_events: ['post_created'],
  });
  await bed.world.install(owner.app, { ...target(), actor: 'self' }, owner.admin);
  const webhooks = bed.system.rpc(WebhookService, bed.system.tokens.platform);
  const event = { type: 'post_created', data: {}, idempotencyKey: 'k' };
  expect(await webhooks.publishEvent({ ...event, organizationId: owner.sandbox.id })).toMatchObject({ deliveries: 1 });
});

test('no app of another organization can be installed in a sandbox, even by an admin of both organizations', async () => {
  const other = await newSandboxOwner(bed);
  await bed.world.setRole(other.id, owner.admin, Role.ADMIN);
  expect(await listedSandbox(bed, owner, owner.admin, other.app)).toBeUndefined();
  expectRedirect(await consentInSandbox(bed, owner, owner.admin, other.app), 'access_denied');
  await bed.world.install(other.app, { target_organization_id: Number(owner.id) }, owner.admin);
});

test('only admins of the owner can install an app in its sandbox', async () => {
  const member = await newMember(Role.MEMBER);
  const { admin: outsider } = await newSandboxOwner(bed);
  for (const userId of [await newMember(Role.MANAGER), member, outsider]) {
    expectError(await consentInSandbox(bed, owner, userId), 403);
  }
  expect(await listedSandbox(bed, owner, member)).toMatchObject({ role: 'member', may_install: false });
  expect(await listedSandbox(bed, owner, outsider)).toBeUndefined();
});

test('a member of the owner cannot request the install of an app in its sandbox', async () => {
  const member = await newMember(Role.MEMBER);
  const parameters = { clientId: owner.app.clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' };
  const view = await (await bed.world.rpcAs(ConsentService, member)).getAuthorizationRequest({ parameters });
  const listed = view.authorizationRequest?.organizations.map(({ isSandbox, mayRequest }) => [isSandbox, mayRequest]);
  expect(listed?.filter(([isSandbox]) => isSandbox)).toEqual([[true, false]]);
  const requests = await bed.world.rpcAs(InstallRequestService, member);
  const request = requests.requestInstall({ parameters, targetOrganizationId: owner.sandbox.id });
  await expectRpcError(request, ErrorReason.CONFLICT);
});

test("a sandbox has no install policy: its owner's does not apply, and none can be set", async () => {
  const policies = await bed.world.rpcAs(InstallPolicyService, owner.admin);
  const policy = { blockedApps: [owner.app.clientId], onlyVerifiedApps: true };
  await policies.putInstallPolicy({ policy }, { headers: { 'x-organization': owner.subdomain } });
  await bed.world.install(owner.app, target(), owner.admin);

  await expectRpcError(policies.putInstallPolicy({ policy }, inSandbox()), ErrorReason.CONFLICT);
  const organizationId = owner.sandbox.id;
  const byOperator = bed.world.operator.setInstallPolicy({ organizationId, policy, reason: 'test' });
  await expectRpcError(byOperator, ErrorReason.CONFLICT);
});

test('members of the owner see the apps that act as them in the sandbox', async () => {
  await bed.world.install(owner.app, { ...target(), actor: 'self' }, owner.admin);
  const own = await bed.world.rpcAs(OwnInstallService, owner.admin);
  const { installs } = await own.listOwnInstalls({});
  expect(installs).toMatchObject([{ organization: { id: owner.sandbox.id } }]);
});
