import { beforeEach, expect, test } from 'vitest';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallPolicyService } from '../../gen/featureos/oauth/v1/install_policy_service_pb.ts';
import { InstallRequestStatus } from '../../gen/featureos/oauth/v1/install_request_pb.ts';
import { InstallRequestService } from '../../gen/featureos/oauth/v1/install_request_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import {
  expectStatus,
  type OrganizationWithAdmin,
  REDIRECT_URI,
  type RegisteredApp,
  STRANGER,
} from '../support/world.ts';

const bed = testBed({ replicas: 0 });
let target: OrganizationWithAdmin;
let member: number;
let app: RegisteredApp;

beforeEach(async () => {
  target = await bed.world.newOrganization();
  member = await newMember();
  app = await bed.world.registerApp();
});

async function newMember(): Promise<number> {
  const { admin } = await bed.world.newOrganization();
  await bed.world.setRole(target.id, admin, Role.MEMBER);
  return admin;
}

const header = () => ({ headers: { 'x-organization': target.subdomain } });
const parametersOf = ({ clientId }: RegisteredApp, scope = '') => ({
  ...{ clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app', scope },
});
const requests = (userId: number) => bed.world.rpcAs(InstallRequestService, userId);
const request = async (fields: { scope?: string; note?: string; app?: RegisteredApp } = {}, userId = member) =>
  (await requests(userId)).requestInstall({
    parameters: parametersOf(fields.app ?? app, fields.scope),
    targetOrganizationId: target.id,
    note: fields.note ?? '',
  });
const list = async (userId = target.admin, fields = {}) =>
  (await requests(userId)).listInstallRequests(fields, header());
const openRequestId = async () => (await list()).requests[0]?.id ?? '';
const dismiss = async (requestId: string, reason = 'Use the other one', userId = target.admin) =>
  (await requests(userId)).dismissInstallRequest({ requestId, reason }, header());
const consent = () =>
  bed.world.consent(app, { target_organization_id: Number(target.id), scope: 'posts:read' }, target.admin);
/** `target`, as the consent page shows it to the user. */
async function shown(userId: number) {
  const client = await bed.world.rpcAs(ConsentService, userId);
  const { authorizationRequest } = await client.getAuthorizationRequest({ parameters: parametersOf(app) });
  return authorizationRequest?.organizations.find(({ organization }) => organization?.id === target.id);
}
async function setPolicy(policy: object) {
  const client = await bed.world.rpcAs(InstallPolicyService, target.admin);
  await client.putInstallPolicy({ policy: { membersMayRequest: true, ...policy } }, header());
}
const actions = async () =>
  (await bed.world.operator.listAuditEvents({ organizationId: target.id })).events
    .filter(({ action }) => action.startsWith('install_request'))
    .map(({ action, performedBy, details }) => ({ action, performedBy, ...details }));

test('an admin sees the request: app, its owner, scopes, note and member', async () => {
  await request({ scope: 'comments:read posts:read', note: ' For the\nsales team ' });
  const { requests: open, openCount } = await list();
  expect(openCount).toBe(1);
  expect(open).toMatchObject([
    {
      clientId: app.clientId,
      appName: 'Roadmapper',
      appOwnerOrganization: { subdomain: 'acme' },
      scopes: ['posts:read', 'comments:read'],
      note: 'For the sales team',
      requestedByName: `Admin ${member}`,
      status: InstallRequestStatus.OPEN,
    },
  ]);
  expect(await actions()).toMatchObject([
    { action: 'install_request.created', performedBy: `user:${member}`, scope: 'posts:read comments:read' },
  ]);
});

test('the consent page shows the member their request, and admins the open ones', async () => {
  expect(await shown(member)).toMatchObject({ mayInstall: false, mayRequest: true });
  await request({ note: 'Please' });
  const own = await shown(member);
  expect(own?.ownRequest).toMatchObject({ status: InstallRequestStatus.OPEN, note: 'Please' });
  expect(own?.openRequests).toEqual([]);
  const admins = await shown(target.admin);
  expect(admins).toMatchObject({ mayRequest: false, openRequests: [{ note: 'Please' }] });
  expect(admins?.ownRequest).toBeUndefined();
  expect((await shown(await newMember()))?.ownRequest).toBeUndefined();
});

test('a request gives no permission: the member cannot consent before or after an approval', async () => {
  await request();
  const asMember = () => bed.world.consent(app, { target_organization_id: Number(target.id) }, member);
  expectStatus(403, await asMember());
  expectStatus(200, await consent());
  expectStatus(403, await asMember());
});

test('the consent of an admin approves all open requests for the app, and no others', async () => {
  const other = await bed.world.registerApp();
  await request();
  await request({}, await newMember());
  await request({ app: other });
  expectStatus(200, await consent());
  expect((await list()).requests.map(({ clientId }) => clientId)).toEqual([other.clientId]);
  expect((await shown(member))?.ownRequest).toMatchObject({ status: InstallRequestStatus.APPROVED });
  const approvals = (await actions()).filter(({ action }) => action === 'install_request.approved');
  expect(approvals).toHaveLength(2);
  const approval = { performedBy: `user:${target.admin}`, requested_by: `user:${member}` };
  expect(approvals).toContainEqual(expect.objectContaining(approval));
});

test('a refused consent approves nothing', async () => {
  await request();
  await setPolicy({ blockedApps: [app.clientId] });
  expectStatus(400, await consent());
  expect((await list()).openCount).toBe(1);
});

test('an admin dismisses a request with a reason, which the member sees; then the app can be requested again', async () => {
  await request();
  const id = await openRequestId();
  await dismiss(id, 'We use another one');
  expect((await list()).openCount).toBe(0);
  expect((await shown(member))?.ownRequest).toMatchObject({
    status: InstallRequestStatus.DISMISSED,
    dismissalReason: 'We use another one',
  });
  expect((await actions())[0]).toMatchObject({ action: 'install_request.dismissed', reason: 'We use another one' });
  await expectRpcError(dismiss(id), ErrorReason.NOT_FOUND);
  await request();
  expect((await shown(member))?.ownRequest).toMatchObject({ status: InstallRequestStatus.OPEN, dismissalReason: '' });
});

test('another request replaces the earlier one, which can no longer be dismissed', async () => {
  await request({ note: 'first' });
  const first = await openRequestId();
  await request({ note: 'second', scope: 'posts:read' });
  expect((await list()).requests).toMatchObject([{ note: 'second', scopes: ['posts:read'] }]);
  await expectRpcError(dismiss(first), ErrorReason.NOT_FOUND);
});

test('a request expires after 30 days', async () => {
  await request();
  const isFor30Days = `organization_id = ${target.id} AND expires_at - requested_at = interval '30 days'`;
  expect(await bed.tables.count('install_requests', isFor30Days)).toBe(1);
  const id = await openRequestId();
  await bed.tables.rows('UPDATE install_requests SET expires_at = now() WHERE id = $1', [id]);
  expect(await list()).toMatchObject({ requests: [], openCount: 0 });
  expect((await shown(member))?.ownRequest).toMatchObject({ status: InstallRequestStatus.EXPIRED });
  await expectRpcError(dismiss(id), ErrorReason.NOT_FOUND);
  expectStatus(200, await consent());
  expect((await shown(member))?.ownRequest).toMatchObject({ status: InstallRequestStatus.EXPIRED });
});

test('a member has at most 20 open requests, and can still replace one of them', async () => {
  for (let index = 0; index < 20; index++) await request({ app: await bed.world.registerApp() });
  await expectRpcError(request(), ErrorReason.CONFLICT);
  const latest = (await list(target.admin, { perPage: 100 })).requests.at(-1);
  await request({ app: { clientId: latest?.clientId ?? '', clientSecret: '' }, note: 'again' });
  expect((await list()).openCount).toBe(20);
});

test('an organization has at most 200 open requests', async () => {
  await bed.tables.rows(
    `WITH new_users AS (
       INSERT INTO users (id, name, email, profile_picture)
       SELECT 5000000 + n, 'User ' || n, '', '' FROM generate_series(1, 200) AS n RETURNING id
     )
     INSERT INTO install_requests
       (organization_id, app_id, requested_by, actor_mode, scopes, note, requested_at, expires_at)
     SELECT $1, apps.id, new_users.id, 'app', '{posts:read}', '', now(), now() + interval '1 day'
     FROM new_users, apps WHERE client_id = $2`,
    [String(target.id), app.clientId],
  );
  await expectRpcError(request(), ErrorReason.CONFLICT);
  expect((await list()).openCount).toBe(200);
});

test.each<[string, object]>([
  ['members may not request', { membersMayRequest: false }],
  ['only verified apps', { onlyVerifiedApps: true }],
  ['no requested scope is permitted', { permittedScopes: ['votes:read'] }],
])('the policy refuses the request: %s', async (_case, policy) => {
  await setPolicy(policy);
  expect(await shown(member)).toMatchObject({ mayRequest: false });
  await expectRpcError(request(), ErrorReason.CONFLICT);
});

test('a request omits scopes that the policy does not permit', async () => {
  await setPolicy({ permittedScopes: ['posts:read', 'votes:read'] });
  await request();
  expect((await list()).requests[0]?.scopes).toEqual(['posts:read']);
});

test('admins, strangers and members of a suspended organization cannot request', async () => {
  await expectRpcError(request({}, target.admin), ErrorReason.CONFLICT);
  await expectRpcError(request({}, STRANGER), ErrorReason.NOT_FOUND);
  await bed.world.suspend(target);
  await expectRpcError(request(), ErrorReason.CONFLICT);
});

test('only admins of the organization can list and dismiss requests', async () => {
  await request();
  const id = await openRequestId();
  for (const userId of [member, STRANGER]) {
    await expectRpcError(list(userId), ErrorReason.NOT_AN_ADMIN);
    await expectRpcError(dismiss(id, 'no', userId), ErrorReason.NOT_AN_ADMIN);
  }
  const other = await bed.world.newOrganization();
  const elsewhere = { headers: { 'x-organization': other.subdomain } };
  const dismissal = (await requests(other.admin)).dismissInstallRequest({ requestId: id, reason: 'no' }, elsewhere);
  await expectRpcError(dismissal, ErrorReason.NOT_FOUND);
  expect((await list()).openCount).toBe(1);
});

test.each(['x'.repeat(501), 'reversed \u202E text', 'invisible \u200B'])('rejects the note %j', async (note) => {
  await expectRpcError(request({ note }), ErrorReason.INVALID_FIELD);
});

test('stores a note of 500 characters with markup unchanged', async () => {
  const note = `<img src=x onerror=alert(1)> ${'é'.repeat(471)}`;
  expect(note).toHaveLength(500);
  await request({ note });
  expect((await list()).requests[0]?.note).toBe(note);
});

test.each(['', ' ', 'x'.repeat(501)])('rejects the reason %j', async (reason) => {
  await request();
  const id = await openRequestId();
  await expectRpcError(dismiss(id, reason), ErrorReason.INVALID_FIELD);
});

test('a request ends when its membership, user, app or organization is deleted', async () => {
  await request();
  await bed.world.removeMember(target, member);
  expect((await list()).openCount).toBe(0);

  const second = await newMember();
  await request({}, second);
  await bed.world.deleteUser(second);
  expect((await list()).openCount).toBe(0);

  await request({}, await newMember());
  expectStatus(204, await bed.world.deleteApp(app));
  expect(await list()).toMatchObject({ requests: [], openCount: 0 });
  await bed.world.directory.deleteOrganization({ organizationId: target.id });
  expect(await bed.tables.count('install_requests', `organization_id = ${target.id}`)).toBe(0);
});
