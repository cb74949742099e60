import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const DECLARED = ['posts:read', 'posts:write', 'member:read', 'member:write', 'webhooks:manage'];
const READING = ['posts:read', 'member:read'];

let app: RegisteredApp;
let organization: OrganizationWithAdmin;
let pair: Pair;
beforeEach(async () => {
  app = await bed.world.registerApp({ declared_scopes: DECLARED });
  organization = await bed.world.newOrganization();
  pair = await bed.world.installInto(organization, app, { actor: 'self' });
  await bed.cache(pair.access_token);
});

/** The scopes on every replica; `undefined` for an inactive token. */
async function scopes(token = pair.access_token): Promise<(string[] | undefined)[]> {
  const responses = await bed.world.introspectEverywhere(token);
  return responses.map((response) => (response.active ? response.scopes : undefined));
}
const everywhere = (granted: string[] | undefined) => [granted, granted];
const removeMember = () => bed.world.removeMember(organization);

test('a `self` token of a downgraded user loses write and manage scopes at once, and a refresh restores none', async () => {
  await bed.world.setRole(organization.id, organization.admin, Role.MEMBER);
  expect(await scopes()).toEqual(everywhere(READING));
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  expect(await scopes(fresh.access_token)).toEqual(everywhere(READING));
});

test.each<[string, () => Promise<unknown>]>([
  ['removed', removeMember],
  ['deleted', () => bed.world.deleteUser(organization.admin)],
])('a `self` token of a %s user is inactive at once, and cannot be refreshed', async (_what, change) => {
  await change();
  await bed.world.expectEverywhere(pair.access_token, {
    active: false,
    inactiveReason: InactiveReason.USER_NOT_MEMBER,
  });
  const refresh = () => bed.world.refresh(app, pair.refresh_token);
  await bed.tables.unchangedBy(async () => expectOAuthError(await refresh(), 'invalid_grant'));
});

test('a `self` token of a user who moves to another organization is inactive, but the user’s token there is not', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, organization.admin, Role.ADMIN);
  const there = await bed.world.installInto({ ...other, admin: organization.admin }, app, { actor: 'self' });
  await removeMember();
  expect(await scopes()).toEqual(everywhere(undefined));
  expect(await scopes(there.access_token)).toEqual(everywhere(DECLARED));
});

test('each `self` token of a user is limited by the user’s role in its organization', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, organization.admin, Role.ADMIN);
  const there = await bed.world.installInto({ ...other, admin: organization.admin }, app, { actor: 'self' });
  await bed.world.setRole(organization.id, organization.admin, Role.COLLABORATOR);
  expect(await scopes()).toEqual(everywhere(READING));
  expect(await scopes(there.access_token)).toEqual(everywhere(DECLARED));
});

test('the role of another user in the organization has no effect', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(organization.id, other.admin, Role.COLLABORATOR);
  expect(await scopes()).toEqual(everywhere(DECLARED));
});

test('an `app` token depends neither on the role nor on the membership of the user who consented', async () => {
  const asApp = await bed.world.installInto(organization, app, { actor: 'app' });
  await bed.world.setRole(organization.id, organization.admin, Role.COLLABORATOR);
  expect(await scopes(asApp.access_token)).toEqual(everywhere(DECLARED));
  await removeMember();
  expect(await scopes(asApp.access_token)).toEqual(everywhere(DECLARED));
});
