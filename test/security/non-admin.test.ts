import { beforeAll, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { expectError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OwnOrganization, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let own: OwnOrganization;
let app: RegisteredApp;
let installId: string;
let user: number;

beforeAll(async () => {
  own = await bed.world.newOrganization();
  app = await bed.world.registerApp({}, own);
  await bed.world.installInto(own, app);
  const { body } = await bed.world.as(own.admin, 'GET', '/oauth/installs', undefined, own.subdomain);
  installId = body.installs[0].id;
  user = (await bed.world.newOrganization()).admin;
});

const FIELDS = {
  name: 'N',
  redirect_uris: ['https://a.example/'],
  allowed_actor_modes: ['app'],
  declared_scopes: ['posts:read'],
};

/** Everything that only an admin may do. */
const ATTEMPTS: Record<string, (userId: number) => ReturnType<typeof bed.world.as>> = {
  registers: (userId) => bed.world.as(userId, 'POST', '/oauth/apps', FIELDS, own.subdomain),
  'lists apps': (userId) => bed.world.as(userId, 'GET', '/oauth/apps', undefined, own.subdomain),
  reads: (userId) => bed.world.as(userId, 'GET', `/oauth/apps/${app.clientId}`, undefined, own.subdomain),
  changes: (userId) => bed.world.as(userId, 'PATCH', `/oauth/apps/${app.clientId}`, { name: 'X' }, own.subdomain),
  'rotates the secret': (userId) =>
    bed.world.as(userId, 'POST', `/oauth/apps/${app.clientId}/rotate_secret`, {}, own.subdomain),
  deletes: (userId) => bed.world.as(userId, 'DELETE', `/oauth/apps/${app.clientId}`, undefined, own.subdomain),
  consents: (userId) => bed.world.consent(app, { target_organization_id: Number(own.id) }, userId),
  'lists installs': (userId) => bed.world.as(userId, 'GET', '/oauth/installs', undefined, own.subdomain),
  disconnects: (userId) => bed.world.as(userId, 'DELETE', `/oauth/installs/${installId}`, undefined, own.subdomain),
};

async function expectAllRefused(userId: number): Promise<void> {
  await bed.tables.unchangedBy(async () => {
    for (const attempt of Object.values(ATTEMPTS)) expectError(await attempt(userId), 403);
  });
}

test.for(
  Object.keys(Role).filter((name) => Number.isNaN(Number(name)) && !/UNSPECIFIED|ADMIN/.test(name)),
)('a %s of the organization can do nothing of what takes an admin', async (role) => {
  await bed.world.setRole(own.id, user, Role[role as keyof typeof Role]);
  await expectAllRefused(user);
});

test('an admin of another organization can do nothing here', async () => {
  await bed.world.directory.deleteMembership({ organizationId: own.id, userId: BigInt(user) });
  await expectAllRefused(user);
});

test('an admin who was demoted, removed or deleted loses access at once', async () => {
  const former = (await bed.world.newOrganization()).admin;
  const membership = { organizationId: own.id, userId: BigInt(former) };
  await bed.world.setRole(own.id, former, Role.ADMIN);
  expectStatus(200, await (ATTEMPTS['lists apps'] as (userId: number) => ReturnType<typeof bed.world.as>)(former));
  await bed.world.setRole(own.id, former, Role.MANAGER);
  await expectAllRefused(former);
  await bed.world.setRole(own.id, former, Role.ADMIN);
  await bed.world.directory.deleteMembership(membership);
  await expectAllRefused(former);
  await bed.world.setRole(own.id, former, Role.ADMIN);
  await bed.world.directory.deleteUser({ userId: membership.userId });
  await expectAllRefused(former);
});

test('an unknown user can do nothing', () => expectAllRefused(123_456));

test('the admin can do everything', async () => {
  const { deletes, ...rest } = ATTEMPTS;
  for (const attempt of [...Object.values(rest), deletes]) {
    expect((await attempt?.(own.admin))?.status).toBeLessThan(300);
  }
});
