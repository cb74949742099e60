import { expect, test } from 'vitest';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { ConsentService } from '../../gen/featureos/oauth/v1/consent_service_pb.ts';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallStatus } from '../../gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { SessionService } from '../../gen/featureos/oauth/v1/session_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER_ADMIN, REDIRECT_URI, STRANGER, TARGET_ADMIN, TARGET_MEMBER } from '../support/world.ts';

const bed = testBed();

const of = (subdomain: string) => ({ headers: { 'x-organization': subdomain } });
const apps = (userId: number) => bed.world.rpcAs(AppService, userId);
const installs = (userId: number) => bed.world.rpcAs(InstallService, userId);

test('the session has the user and their organizations, with roles', async () => {
  const { session } = await (await bed.world.rpcAs(SessionService, TARGET_MEMBER)).getSession({});
  expect(session).toMatchObject({
    user: { id: 3n, name: 'Max' },
    organizations: [{ organization: { subdomain: 'globex' }, role: Role.MEMBER, status: OrganizationStatus.ACTIVE }],
  });
});

test('a user whom the platform has not created has no name and no organizations', async () => {
  const { session } = await (await bed.world.rpcAs(SessionService, 77_777)).getSession({});
  expect(session).toMatchObject({ user: { id: 77_777n, name: '' }, organizations: [] });
});

test('the owner sees where an app is installed, but not who installed it', async () => {
  const app = await bed.world.registerApp();
  const organization = await bed.world.newOrganization();
  await bed.world.install(app);
  await bed.world.installInto(organization, app);
  const first = await (await apps(OWNER_ADMIN)).listAppInstalls({ ...app, perPage: 1 }, of('acme'));
  expect(first.activeCount).toBe(2);
  expect(first.installs).toMatchObject([{ organization: { id: organization.id }, status: InstallStatus.ACTIVE }]);
  expect(Object.keys(first.installs[0] ?? {}).filter((field) => field.startsWith('installedBy'))).toEqual([]);
  const second = await (await apps(OWNER_ADMIN)).listAppInstalls({ ...app, page: 2, perPage: 1 }, of('acme'));
  expect(second.installs).toMatchObject([{ organization: { subdomain: 'globex' } }]);

  await bed.world.disconnect(await bed.world.installId(app));
  const rest = await (await apps(OWNER_ADMIN)).listAppInstalls(app, of('acme'));
  expect(rest.activeCount).toBe(1);
  expect(rest.installs).toHaveLength(1);
});

test('only the owner sees where an app is installed', async () => {
  const app = await bed.world.registerApp();
  await bed.world.install(app);
  await expectRpcError((await apps(STRANGER)).listAppInstalls(app, of('initech')), ErrorReason.NOT_FOUND);
  await expectRpcError((await apps(TARGET_ADMIN)).listAppInstalls(app, of('acme')), ErrorReason.NOT_AN_ADMIN);
});

test('admins of the organization can read an install, also after its end', async () => {
  const app = await bed.world.registerApp();
  await bed.world.install(app);
  const installId = await bed.world.installId(app);
  const read = async () => (await (await installs(TARGET_ADMIN)).getInstall({ installId }, of('globex'))).install;
  expect(await read()).toMatchObject({
    status: InstallStatus.ACTIVE,
    installedByName: 'Tara',
    appOwnerOrganization: { subdomain: 'acme' },
  });
  await bed.world.disconnect(installId);
  expect(await read()).toMatchObject({ status: InstallStatus.REVOKED });
  await expectRpcError((await installs(STRANGER)).getInstall({ installId }, of('initech')), ErrorReason.NOT_FOUND);
});

test('only a user who is not an admin gets the names of admins to contact', async () => {
  const { clientId } = await bed.world.registerApp();
  const organizationsOf = async (userId: number) => {
    const consents = await bed.world.rpcAs(ConsentService, userId);
    const parameters = { clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' };
    const { authorizationRequest } = await consents.getAuthorizationRequest({ parameters });
    return authorizationRequest?.organizations;
  };
  expect(await organizationsOf(TARGET_MEMBER)).toMatchObject([{ mayInstall: false, adminNames: ['Tara'] }]);
  expect(await organizationsOf(TARGET_ADMIN)).toMatchObject([{ mayInstall: true, adminNames: [] }]);
});

test('rejects repeated parameters over RPC as well', async () => {
  const { clientId } = await bed.world.registerApp();
  const consents = await bed.world.rpcAs(ConsentService, TARGET_ADMIN);
  const valid = { clientId, redirectUri: REDIRECT_URI, responseType: 'code', actor: 'app' };
  const call = consents.getAuthorizationRequest({ parameters: { ...valid, duplicateParameters: ['scope'] } });
  const { rawMessage } = await expectRpcError(call, ErrorReason.AUTHORIZATION_REFUSED);
  expect(rawMessage).toBe('duplicate parameters: scope');
});
