import { expect, test } from 'vitest';
import { type Actor, ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectError, expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import type { OrganizationWithAdmin, Pair, RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 3 });
const ALL = ['posts:read', 'posts:write', 'comments:read'];
const READING = ['posts:read', 'comments:read'];

async function installed(
  actor: 'app' | 'self',
): Promise<{ organization: OrganizationWithAdmin; app: RegisteredApp; pair: Pair }> {
  const organization = await bed.world.newOrganization();
  const app = await bed.world.registerApp();
  const pair = await bed.world.installInto(organization, app, { actor });
  await bed.cache(pair.access_token);
  return { organization, app, pair };
}

const notMember = { active: false, inactiveReason: InactiveReason.USER_NOT_MEMBER };

test('each role limits a `self` token as specified, in the next response', async () => {
  const { organization, pair } = await installed('self');
  for (const [role, scopes] of [
    [Role.CSM, READING],
    [Role.MANAGER, ALL],
    [Role.MEMBER, READING],
    [Role.COLLABORATOR, READING],
    [Role.ADMIN, ALL],
  ] as const) {
    await bed.world.setRole(organization.id, organization.admin, role);
    await bed.world.expectEverywhere(pair.access_token, { active: true, scopes });
  }
});

test('a deleted user loses every membership and every `self` token', async () => {
  const { organization, app, pair } = await installed('self');
  const other = await bed.world.newOrganization();
  await bed.world.setRole(other.id, organization.admin, Role.ADMIN);
  const elsewhere = await bed.world.installInto({ ...other, admin: organization.admin }, app, { actor: 'self' });
  await bed.cache(elsewhere.access_token);
  await bed.world.deleteUser(organization.admin);
  for (const { access_token: token } of [pair, elsewhere]) await bed.world.expectEverywhere(token, notMember);
  expectOAuthError(await bed.world.refresh(app, pair.refresh_token), 'invalid_grant');
  expectError(await bed.world.asAdmin(organization, 'GET', '/oauth/installs'), 403);
  expect(await bed.tables.count('memberships', `user_id = ${organization.admin}`)).toBe(0);
});

test('the personal data of a deleted user is erased', async () => {
  const organization = await bed.world.newOrganization();
  await bed.world.directory.putUser({
    user: {
      id: BigInt(organization.admin),
      name: 'Gone',
      email: 'gone@example.com',
      profilePicture: 'https://p.example/1',
    },
  });
  await bed.world.deleteUser(organization.admin);
  expect(JSON.stringify(await bed.tables.dump())).not.toMatch(/gone@example\.com|p\.example\/1/);
});

test('a repeated deletion or removal changes nothing', async () => {
  const organization = await bed.world.newOrganization();
  await bed.world.removeMember(organization);
  await bed.tables.unchangedBy(() => bed.world.removeMember(organization));
  await bed.world.deleteUser(organization.admin);
  for (const id of [organization.admin, 99_999]) await bed.tables.unchangedBy(() => bed.world.deleteUser(id));
});

test('a membership needs an existing organization and user, and a known role', async () => {
  const organization = await bed.world.newOrganization();
  const good = { organizationId: organization.id, userId: BigInt(organization.admin), role: Role.MEMBER as Role };
  const put = (wrong: Partial<typeof good>) => bed.world.directory.putMembership({ membership: { ...good, ...wrong } });
  await bed.tables.unchangedBy(async () => {
    await expectRpcError(put({ organizationId: 99_999n }), ErrorReason.NOT_FOUND);
    await expectRpcError(put({ userId: 99_999n }), ErrorReason.NOT_FOUND);
    await expectRpcError(put({ role: Role.UNSPECIFIED }), ErrorReason.INVALID_FIELD);
    await expectRpcError(put({ role: 77 as Role }), ErrorReason.INVALID_FIELD);
    await expectRpcError(put({ userId: 0n }), ErrorReason.INVALID_FIELD);
  });
});

test('rejects id 0, ids of bots, empty or long names, long email addresses and pictures that are not https URLs', async () => {
  const put = (wrong: object) => bed.world.directory.putUser({ user: { id: 950n, name: 'Ann', ...wrong } });
  await bed.tables.unchangedBy(async () => {
    for (const wrong of [
      { id: 1_000_000_000_000n },
      { id: 0n },
      { name: '' },
      { name: 'n'.repeat(201) },
      { email: 'e'.repeat(321) },
      { profilePicture: 'javascript:alert(1)' },
      { profilePicture: 'http://p.example/1' },
    ]) {
      await expectRpcError(put(wrong), ErrorReason.INVALID_FIELD);
    }
  });
});

test('GetActor returns the user that a `self` token acts as, and the bot that an `app` token acts as', async () => {
  const { organization, pair } = await installed('self');
  const { pair: botPair, organization: botTarget, app } = await installed('app');
  const actorOf = async ({ access_token: token }: Pair) => {
    const { actor, organization } = await bed.world.introspect(token);
    return bed.world.directory.getActor({ actor: actor as never, organizationId: organization?.id as bigint });
  };
  expect(await actorOf(pair)).toMatchObject({
    id: BigInt(organization.admin),
    name: `Admin ${organization.admin}`,
    organizationName: organization.subdomain,
  });
  const bot = await actorOf(botPair);
  expect(bot).toMatchObject({ name: 'Roadmapper', profilePicture: '', organizationName: botTarget.subdomain });
  expect(bot.email).toBe(`${app.clientId}@bots.invalid`);
});

test('GetActor returns NOT_FOUND for a user or bot that does not act in the organization', async () => {
  const { organization, pair } = await installed('self');
  const { pair: botPair, organization: botTarget } = await installed('app');
  const other = await bed.world.newOrganization();
  const [{ actor }, { actor: bot, installId }] = [
    await bed.world.introspect(pair.access_token),
    await bed.world.introspect(botPair.access_token),
  ];
  const refused = (actor: Actor | undefined, organizationId: bigint) =>
    expectRpcError(bed.world.directory.getActor({ actor: actor as Actor, organizationId }), ErrorReason.NOT_FOUND);
  await refused(actor, other.id);
  await refused(bot, organization.id);
  await bed.world.removeMember(organization);
  await refused(actor, organization.id);
  await bed.world.operator.revokeInstall({ installId, reason: 'test' });
  await refused(bot, botTarget.id);
});

test('GetActor returns no deleted user, and no user if a bot is requested', async () => {
  const organization = await bed.world.newOrganization();
  const userId = BigInt(organization.admin);
  const getActor = (mode: ActorMode) =>
    bed.world.directory.getActor({ actor: { mode, userId }, organizationId: organization.id });
  await expectRpcError(getActor(ActorMode.APP), ErrorReason.NOT_FOUND);
  await expectRpcError(getActor(ActorMode.UNSPECIFIED), ErrorReason.INVALID_FIELD);
  await bed.world.deleteUser(organization.admin);
  await expectRpcError(getActor(ActorMode.SELF), ErrorReason.NOT_FOUND);
});

test('directory changes are audited as made by the platform', async () => {
  const organization = await bed.world.newOrganization();
  await bed.world.setRole(organization.id, organization.admin, Role.MEMBER);
  await bed.world.removeMember(organization);
  const { events } = await bed.world.operator.listAuditEvents({ organizationId: organization.id });
  expect(events.map(({ action, performedBy }) => [action, performedBy])).toEqual([
    ['membership.deleted', 'service:platform'],
    ['membership.put', 'service:platform'],
    ['membership.put', 'service:platform'],
    ['organization.put', 'service:platform'],
  ]);
});
