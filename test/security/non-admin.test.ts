import { beforeAll, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { expectError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, type OrganizationWithAdmin, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let organization: OrganizationWithAdmin;
let app: RegisteredApp;
let installId: string;
let user: number;

beforeAll(async () => {
  organization = await bed.world.newOrganization();
  app = await bed.world.registerApp({}, organization);
  await bed.world.installInto(organization, app);
  installId = await bed.world.installId(app, organization);
  user = (await bed.world.newOrganization()).admin;
});

const FIELDS = {
  name: 'N',
  redirect_uris: ['https://a.example/'],
  allowed_actor_modes: ['app'],
  declared_scopes: ['posts:read'],
};

const send = (userId: number, method: string, path: string, body?: unknown) =>
  bed.world.asAdmin({ ...organization, admin: userId }, method, path, body);

/** Requests that only an admin may send. */
const ATTEMPTS: Record<string, (userId: number) => Promise<HttpResponse>> = {
  registers: (userId) => send(userId, 'POST', '/oauth/apps', FIELDS),
  'lists apps': (userId) => send(userId, 'GET', '/oauth/apps'),
  reads: (userId) => send(userId, 'GET', `/oauth/apps/${app.clientId}`),
  changes: (userId) => send(userId, 'PATCH', `/oauth/apps/${app.clientId}`, { name: 'X' }),
  'rotates the secret': (userId) => send(userId, 'POST', `/oauth/apps/${app.clientId}/rotate_secret`, {}),
  deletes: (userId) => send(userId, 'DELETE', `/oauth/apps/${app.clientId}`),
  consents: (userId) => bed.world.consent(app, { target_organization_id: Number(organization.id) }, userId),
  'lists installs': (userId) => send(userId, 'GET', '/oauth/installs'),
  disconnects: (userId) => send(userId, 'DELETE', `/oauth/installs/${installId}`),
};

async function expectAllRefused(userId: number): Promise<void> {
  await bed.tables.unchangedBy(async () => {
    for (const attempt of Object.values(ATTEMPTS)) expectError(await attempt(userId), 403);
  });
}

const LOWER_ROLES = Object.keys(Role).filter((name) => Number.isNaN(Number(name)) && !/UNSPECIFIED|ADMIN/.test(name));
test.for(LOWER_ROLES)('a %s of the organization is refused all admin requests', async (role) => {
  await bed.world.setRole(organization.id, user, Role[role as keyof typeof Role]);
  await expectAllRefused(user);
});

test('an admin of another organization is refused all admin requests', async () => {
  await bed.world.removeMember(organization, user);
  await expectAllRefused(user);
});

test('an admin who was demoted, removed or deleted loses access at once', async () => {
  const former = (await bed.world.newOrganization()).admin;
  await bed.world.setRole(organization.id, former, Role.ADMIN);
  expectStatus(200, await send(former, 'GET', '/oauth/apps'));
  await bed.world.setRole(organization.id, former, Role.MANAGER);
  await expectAllRefused(former);
  await bed.world.setRole(organization.id, former, Role.ADMIN);
  await bed.world.removeMember(organization, former);
  await expectAllRefused(former);
  await bed.world.setRole(organization.id, former, Role.ADMIN);
  await bed.world.deleteUser(former);
  await expectAllRefused(former);
});

test('an unknown user is refused all admin requests', () => expectAllRefused(123_456));

test('the admin can send all admin requests', async () => {
  const { deletes, ...rest } = ATTEMPTS;
  for (const attempt of [...Object.values(rest), deletes]) {
    expect((await attempt?.(organization.admin))?.status).toBeLessThan(300);
  }
});
