import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OwnOrganization, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
const DECLARED = ['posts:read', 'posts:write', 'member:read', 'member:write', 'webhooks:manage'];
const READING = ['posts:read', 'member:read'];

let app: RegisteredApp;
let own: OwnOrganization;
let pair: Pair;
beforeEach(async () => {
  app = await bed.world.registerApp({ declared_scopes: DECLARED });
  own = await bed.world.newOrganization();
  pair = await bed.world.installInto(own, app, { actor: 'self' });
  await bed.entries.fill(pair.access_token, () => bed.world.introspectEverywhere(pair.access_token));
});

/** The scopes on every replica; `undefined` for an inactive token. */
async function scopes(token = pair.access_token): Promise<(string[] | undefined)[]> {
  const responses = await bed.world.introspectEverywhere(token);
  return responses.map((response) => (response.active ? response.scopes : undefined));
}
const everywhere = (granted: string[] | undefined) => [granted, granted];
const remove = () => bed.world.directory.deleteMembership({ organizationId: own.id, userId: BigInt(own.admin) });

test('of a downgraded user: loses write and manage scopes at once, also in a later refresh', async () => {
  await bed.world.setRole(own.id, own.admin, Role.MEMBER);
  expect(await scopes()).toEqual(everywhere(READING));
  const fresh = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  expect(await scopes(fresh.access_token)).toEqual(everywhere(READING));
});

test('of a removed user: inactive at once, and cannot be refreshed', async () => {
  await remove();
  expect(await scopes()).toEqual(everywhere(undefined));
  await bed.tables.unchangedBy(async () =>
    expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant'),
  );
});

test('of a deleted user: inactive at once, in the cache and in a fresh response', async () => {
  await bed.world.directory.deleteUser({ userId: BigInt(own.admin) });
  expect(await scopes()).toEqual(everywhere(undefined));
  expect(await bed.world.introspect(pair.access_token)).toMatchObject({
    inactiveReason: InactiveReason.USER_NOT_MEMBER,
  });
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
});

test('of a user who moves to another organization: inactive in both', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, own.admin, Role.ADMIN);
  await remove();
  expect(await scopes()).toEqual(everywhere(undefined));
  expect(await bed.tables.livePairs(app.clientId)).toMatchObject([{ organization_id: String(own.id) }]);
});

test('of a user with different roles in two organizations: each token is capped by its own', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, own.admin, Role.ADMIN);
  const there = await bed.world.install(app, { target_organization_id: Number(other.id), actor: 'self' }, own.admin);
  await bed.world.setRole(own.id, own.admin, Role.COLLABORATOR);
  expect(await scopes()).toEqual(everywhere(READING));
  expect(await scopes(there.access_token)).toEqual(everywhere(DECLARED));
});

test('the role of another user in the organization has no effect', async () => {
  const other = await bed.world.newOrganization();
  await bed.world.setRole(own.id, other.admin, Role.COLLABORATOR);
  expect(await scopes()).toEqual(everywhere(DECLARED));
});

test('an `app` token depends neither on the role nor on the membership of the user who consented', async () => {
  const asApp = await bed.world.installInto(own, app, { actor: 'app' });
  await bed.world.setRole(own.id, own.admin, Role.COLLABORATOR);
  expect(await scopes(asApp.access_token)).toEqual(everywhere(DECLARED));
  await remove();
  expect(await scopes(asApp.access_token)).toEqual(everywhere(DECLARED));
});
