import { beforeEach, expect, test } from 'vitest';
import { AppVerification } from '../../gen/featureos/oauth/v1/app_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallPolicyService } from '../../gen/featureos/oauth/v1/install_policy_service_pb.ts';
import { expectOAuthError, expectRedirect, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type RegisteredApp, STRANGER } from '../support/world.ts';

const bed = testBed();
let target: OrganizationWithAdmin;
let app: RegisteredApp;

const OPEN = {
  membersMayRequest: true,
  onlyVerifiedApps: false,
  allowedApps: [] as string[],
  blockedApps: [] as string[],
  permittedScopes: [] as string[],
};
type Fields = Partial<typeof OPEN>;

beforeEach(async () => {
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp();
});

const header = () => ({ headers: { 'x-organization': target.subdomain } });
const policyClient = (userId = target.admin) => bed.world.rpcAs(InstallPolicyService, userId);
const setPolicy = async (fields: Fields) =>
  (await policyClient()).putInstallPolicy({ policy: { ...OPEN, ...fields } }, header());

const consent = (fields: Record<string, unknown> = {}) =>
  bed.world.consent(app, { target_organization_id: Number(target.id), ...fields }, target.admin);
const code = (fields: Record<string, unknown> = {}) => bed.world.codeFor(target, app, fields);
/** The target organization, as GET /oauth/authorize lists it. */
const listed = async (userId = target.admin) => {
  const response = await bed.world.view(app, {}, userId);
  return expectStatus(200, response).body.organizations.find(({ id }: { id: number }) => id === Number(target.id));
};

async function verify(verification: AppVerification): Promise<void> {
  const reviewed = (await bed.world.operator.findApp({ clientId: app.clientId })).app?.updatedAt;
  await bed.world.operator.setAppVerification({
    ...{ clientId: app.clientId, verification, reason: 'test' },
    ...(reviewed && { reviewedUpdatedAt: reviewed }),
  });
}

/** Rules by which a policy can refuse the app, each with such a policy. A list of allowed apps has its own tests. */
const RULES: [string, () => Fields][] = [
  ['app_blocked', () => ({ blockedApps: [app.clientId] })],
  ['app_not_verified', () => ({ onlyVerifiedApps: true })],
  ['scopes_not_permitted', () => ({ permittedScopes: ['votes:read'] })],
];

test.each(RULES)('refuses the consent, and the consent page says so: %s', async (rule, fields) => {
  await setPolicy(fields());
  expect(expectRedirect(await consent(), 'access_denied').get('error_description')).toContain('(its install policy)');
  expect(await listed()).toMatchObject({ may_install: false, policy_refusal: rule });
  expect(await bed.tables.count('authorization_codes', `organization_id = ${target.id}`)).toBe(0);
});

test.each(RULES)('refuses the code if the policy was changed after the consent: %s', async (_rule, fields) => {
  const issued = await code();
  await setPolicy(fields());
  expectOAuthError(await bed.world.exchange(app, issued), 'invalid_grant');
  expect(await bed.tables.count('installs', `organization_id = ${target.id}`)).toBe(0);
});

test.each(RULES)('keeps an install, which can be refreshed but not granted again: %s', async (_rule, fields) => {
  const pair = await bed.world.installInto(target, app);
  await setPolicy(fields());
  const refreshed = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  expect((await bed.world.introspect(refreshed.access_token)).scopes).toHaveLength(3);
  expectRedirect(await consent(), 'access_denied');
});

test('a list of allowed apps excludes all others', async () => {
  const other = await bed.world.registerApp();
  await setPolicy({ allowedApps: [other.clientId] });
  expectRedirect(await consent(), 'access_denied');
  expect(await listed()).toMatchObject({ may_install: false, policy_refusal: 'app_not_allowed' });
  await setPolicy({ allowedApps: [other.clientId, app.clientId] });
  expectStatus(200, await consent());
});

test('a list of allowed apps keeps a deleted app, because an empty list would permit every app', async () => {
  const other = await bed.world.registerApp();
  await setPolicy({ allowedApps: [other.clientId] });
  expectStatus(204, await bed.world.deleteApp(other));
  const { policy, apps } = await (await policyClient()).getInstallPolicy({}, header());
  expect(apps).toMatchObject([{ clientId: other.clientId, name: 'Roadmapper' }]);
  await setPolicy({ allowedApps: policy?.allowedApps ?? [], membersMayRequest: false });
  expectRedirect(await consent(), 'access_denied');
  expect(await listed()).toMatchObject({ may_install: false, policy_refusal: 'app_not_allowed' });
});

test('a verified app is permitted, until its verification is withdrawn', async () => {
  await setPolicy({ onlyVerifiedApps: true });
  await verify(AppVerification.VERIFIED);
  expect(await listed()).toMatchObject({ may_install: true, policy_refusal: null });
  const issued = await code();
  await verify(AppVerification.NOT_REVIEWED);
  expectOAuthError(await bed.world.exchange(app, issued), 'invalid_grant');
});

test('only permitted scopes can be granted: a consent with another scope is refused', async () => {
  await setPolicy({ permittedScopes: ['posts:read', 'votes:read'] });
  expect(await listed()).toMatchObject({ may_install: true, policy_refusal: null, permitted_scopes: ['posts:read'] });
  expectRedirect(await consent(), 'access_denied');
  expectRedirect(await consent({ scope: 'posts:read posts:write' }), 'access_denied');
  const response = await bed.world.exchange(app, await code({ scope: 'posts:read' }));
  expect(expectStatus(200, response).body.scope).toBe('posts:read');
});

test('a member sees why the app is refused', async () => {
  const member = (await bed.world.newOrganization()).admin;
  await bed.world.setRole(target.id, member, Role.MEMBER);
  await setPolicy({ blockedApps: [app.clientId] });
  expect(await listed(member)).toMatchObject({ role: 'member', may_install: false, policy_refusal: 'app_blocked' });
});

test('a change is audited with the new values, an equal policy is not', async () => {
  await setPolicy({ blockedApps: [app.clientId], permittedScopes: ['votes:read', 'posts:read'] });
  await setPolicy({ blockedApps: [app.clientId], permittedScopes: ['posts:read', 'votes:read', 'posts:read'] });
  const filter = { organizationId: target.id, action: 'install_policy.changed' };
  const { events } = await bed.world.operator.listAuditEvents(filter);
  const details = { blocked_apps: app.clientId, permitted_scopes: 'posts:read votes:read' };
  expect(events).toMatchObject([{ performedBy: `user:${target.admin}`, details }]);
});

test('only admins of the organization can read and change the policy', async () => {
  const manager = (await bed.world.newOrganization()).admin;
  await bed.world.setRole(target.id, manager, Role.MANAGER);
  for (const userId of [manager, STRANGER]) {
    const client = await policyClient(userId);
    await expectRpcError(client.getInstallPolicy({}, header()), ErrorReason.NOT_AN_ADMIN);
    await expectRpcError(client.putInstallPolicy({ policy: OPEN }, header()), ErrorReason.NOT_AN_ADMIN);
  }
});

test('a request without a policy is refused, because an empty policy has no restrictions', async () => {
  await expectRpcError((await policyClient()).putInstallPolicy({}, header()), ErrorReason.INVALID_FIELD);
});

test('an operator can read the policy, and needs a reason to set it', async () => {
  const { operator } = bed.world;
  const organizationId = target.id;
  expect((await operator.findInstallPolicy({ organizationId })).policy).toMatchObject(OPEN);
  const policy = { ...OPEN, onlyVerifiedApps: true };
  await expect(operator.setInstallPolicy({ organizationId, policy })).rejects.toThrow('reason');
  await operator.setInstallPolicy({ organizationId, policy, reason: 'Asked by phone' });
  expectRedirect(await consent(), 'access_denied');
  const { events } = await operator.listAuditEvents({ organizationId, action: 'install_policy.changed' });
  const details = { only_verified_apps: 'true', reason: 'Asked by phone' };
  expect(events).toMatchObject([{ performedBy: 'operator:operator', details }]);
  await expectRpcError(operator.findInstallPolicy({ organizationId: 999_999n }), ErrorReason.NOT_FOUND);
});

test('a deleted organization that is created again has no policy', async () => {
  await setPolicy({ onlyVerifiedApps: true });
  await bed.world.directory.deleteOrganization({ organizationId: target.id });
  await bed.tables.appsUpdated();
  await bed.world.putOrganization(target);
  await bed.world.setRole(target.id, target.admin, Role.ADMIN);
  expectStatus(200, await consent());
});
