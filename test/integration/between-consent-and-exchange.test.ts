import { beforeEach, expect, test } from 'vitest';
import { OrganizationStatus, Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OwnOrganization, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let owner: OwnOrganization;
let target: OwnOrganization;
let app: RegisteredApp;

beforeEach(async () => {
  owner = await bed.world.newOrganization();
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp({}, owner);
});

/** Returns the response to an exchange after `change` happened since consent. */
async function exchangeAfter(something: () => Promise<unknown>, grant: Record<string, unknown> = {}) {
  const code = await bed.world.code(app, { target_organization_id: Number(target.id), ...grant }, target.admin);
  await something();
  return bed.world.exchange(app, code);
}

const changeApp = async (fields: Record<string, unknown>) =>
  expectStatus(200, await bed.world.as(owner.admin, 'PATCH', `/oauth/apps/${app.clientId}`, fields, owner.subdomain));
const put = (organization: OwnOrganization, status: OrganizationStatus) =>
  bed.world.putOrganization(organization, { status });

/** Any one of them makes the exchange fail. */
const REASONS: Record<string, () => Promise<unknown>> = {
  'the user was made a manager': () => bed.world.setRole(target.id, target.admin, Role.MANAGER),
  'the user was removed from the organization': () =>
    bed.world.directory.deleteMembership({ organizationId: target.id, userId: BigInt(target.admin) }),
  'the user was deleted': () => bed.world.directory.deleteUser({ userId: BigInt(target.admin) }),
  'the app was suspended': () => bed.world.suspendApp(app),
  'the app was suspended and resumed': () => bed.world.suspendApp(app).then(() => bed.world.resumeApp(app)),
  'the owner organization was suspended': () => put(owner, OrganizationStatus.SUSPENDED),
  'the target organization was suspended': () => put(target, OrganizationStatus.SUSPENDED),
  'the target organization was suspended and resumed': () =>
    put(target, OrganizationStatus.SUSPENDED).then(() => put(target, OrganizationStatus.ACTIVE)),
  'the redirect URI was unregistered': () => changeApp({ redirect_uris: ['https://elsewhere.example/cb'] }),
  'the actor mode was withdrawn': () => changeApp({ allowed_actor_modes: ['self'] }),
  'the declared scopes were narrowed': () => changeApp({ declared_scopes: ['posts:read'] }),
  'none of the granted scopes is declared any more': () => changeApp({ declared_scopes: ['votes:read'] }),
};

test.for(Object.entries(REASONS))('rejects the exchange because %s', async ([_reason, happens]) => {
  expectOAuthError(await exchangeAfter(happens), 'invalid_grant');
  expect(await bed.tables.livePairs(app.clientId)).toEqual([]);
  expect(await bed.tables.count('installs', `organization_id = ${target.id}`)).toBe(0);
});

test('rejects the client of a deleted app', async () => {
  const path = `/oauth/apps/${app.clientId}`;
  const response = await exchangeAfter(() => bed.world.as(owner.admin, 'DELETE', path, undefined, owner.subdomain));
  expectOAuthError(response, 'invalid_client', 401);
});

test('unrelated changes do not void the code', async () => {
  const other = await bed.world.newOrganization();
  const response = await exchangeAfter(async () => {
    await changeApp({ name: 'Renamed', redirect_uris: ['https://app.example/callback', 'https://b.example/'] });
    await bed.world.putOrganization(target, { subdomain: `moved-${target.id}` });
    await bed.world.setRole(other.id, target.admin, Role.MEMBER);
    await bed.world.directory.deleteMembership({ organizationId: other.id, userId: BigInt(target.admin) });
    await put(other, OrganizationStatus.SUSPENDED);
  });
  expectStatus(200, response);
});

test('a user who left and came back cannot use the code', async () => {
  const response = await exchangeAfter(async () => {
    await bed.world.directory.deleteMembership({ organizationId: target.id, userId: BigInt(target.admin) });
    await bed.world.setRole(target.id, target.admin, Role.ADMIN);
  });
  expectOAuthError(response, 'invalid_grant');
});

test('another admin of the organization does not replace the one who consented', async () => {
  const response = await exchangeAfter(async () => {
    await bed.world.setRole(target.id, owner.admin, Role.ADMIN);
    await bed.world.setRole(target.id, target.admin, Role.MEMBER);
  });
  expectOAuthError(response, 'invalid_grant');
});

test('a rejected exchange keeps the existing install', async () => {
  const pair = await bed.world.installInto(target, app);
  expectOAuthError(await exchangeAfter(() => bed.world.setRole(target.id, target.admin, Role.MEMBER)), 'invalid_grant');
  expect((await bed.world.introspect(pair.access_token)).active).toBe(true);
  expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
});
