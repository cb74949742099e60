import { beforeEach, expect, test } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let owner: OrganizationWithAdmin;
let target: OrganizationWithAdmin;
let app: RegisteredApp;

beforeEach(async () => {
  owner = await bed.world.newOrganization();
  target = await bed.world.newOrganization();
  app = await bed.world.registerApp({}, owner);
});

/** Runs `something` between a consent and the exchange of its code; returns the response to the exchange. */
async function exchangeAfter(something: () => Promise<unknown>) {
  const code = await bed.world.codeFor(target, app);
  await something();
  return bed.world.exchange(app, code);
}

const changeApp = async (fields: Record<string, unknown>) =>
  expectStatus(200, await bed.world.changeApp(app, fields, owner));
const setRole = (role: Role) => bed.world.setRole(target.id, target.admin, role);

/** What happens between consent and exchange; each of these alone makes the exchange fail. */
const REASONS: Record<string, () => Promise<unknown>> = {
  'the user was made a manager': () => setRole(Role.MANAGER),
  'another admin was added, and the user made a member': () =>
    bed.world.setRole(target.id, owner.admin, Role.ADMIN).then(() => setRole(Role.MEMBER)),
  'the user was removed from the organization': () => bed.world.removeMember(target),
  'the user was removed and is an admin again': () => bed.world.removeMember(target).then(() => setRole(Role.ADMIN)),
  'the user was deleted': () => bed.world.deleteUser(target.admin),
  'the app was suspended': () => bed.world.suspendApp(app),
  'the app was suspended and resumed': () => bed.world.suspendApp(app).then(() => bed.world.resumeApp(app)),
  'the owner organization was suspended': () => bed.world.suspend(owner),
  'the owner organization was suspended and resumed': () =>
    bed.world.suspend(owner).then(() => bed.world.activate(owner)),
  'the target organization was suspended': () => bed.world.suspend(target),
  'the target organization was suspended and resumed': () =>
    bed.world.suspend(target).then(() => bed.world.activate(target)),
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
  const response = await exchangeAfter(() => bed.world.deleteApp(app, owner));
  expectOAuthError(response, 'invalid_client', 401);
});

test('unrelated changes do not void the code', async () => {
  const other = await bed.world.newOrganization();
  const response = await exchangeAfter(async () => {
    await changeApp({ name: 'Renamed', redirect_uris: ['https://app.example/callback', 'https://b.example/'] });
    await bed.world.putOrganization(target, { subdomain: `moved-${target.id}` });
    await bed.world.setRole(other.id, target.admin, Role.MEMBER);
    await bed.world.removeMember(other, target.admin);
    await bed.world.suspend(other);
  });
  expectStatus(200, response);
});

test('a rejected exchange keeps the existing install', async () => {
  const pair = await bed.world.installInto(target, app);
  expectOAuthError(await exchangeAfter(() => setRole(Role.MEMBER)), 'invalid_grant');
  expect(await bed.world.isActive(pair.access_token)).toBe(true);
  expectStatus(200, await bed.world.refresh(app, pair.refresh_token));
});
