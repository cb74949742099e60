import { expect, test } from 'vitest';
import { OrganizationStatus } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InactiveReason } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { expectError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus } from '../support/world.ts';

const bed = testBed({ replicas: 3 });
const { ACTIVE, SUSPENDED, UNSPECIFIED } = OrganizationStatus;

const suspended = { active: false, inactiveReason: InactiveReason.SUSPENDED };

test('without a status, a new organization is active and an existing one keeps its status', async () => {
  const put = (id: bigint, status: OrganizationStatus) =>
    bed.world.directory.putOrganization({ organization: { id, subdomain: `new-${id}`, name: 'New', status } });
  expect((await put(901n, UNSPECIFIED)).organization).toMatchObject({ id: 901n, subdomain: 'new-901', status: ACTIVE });
  expect((await put(902n, SUSPENDED)).organization?.status).toBe(SUSPENDED);
  expect((await put(902n, UNSPECIFIED)).organization?.status).toBe(SUSPENDED);
  expect((await put(902n, ACTIVE)).organization?.status).toBe(ACTIVE);
});

test.each([
  'target',
  'owner',
])('a token is inactive while its %s organization is suspended; others stay active', async (role) => {
  const { world } = bed;
  const [owner, target] = [await world.newOrganization(), await world.newOrganization()];
  const other = await world.newOrganization();
  const [app, foreign] = [await world.registerApp({}, owner), await world.registerApp()];
  const pair = await world.installInto(target, app);
  const unaffected = role === 'owner' ? await world.installInto(target, foreign) : await world.installInto(other, app);
  const suspendedOne = role === 'owner' ? owner : target;
  await world.suspend(suspendedOne);
  await world.expectEverywhere(pair.access_token, suspended);
  await world.expectEverywhere(unaffected.access_token, { active: true });
  await world.activate(suspendedOne);
  const scopes = ['posts:read', 'posts:write', 'comments:read'];
  await world.expectEverywhere(pair.access_token, { active: true, scopes });
});

test('with both organizations and the app suspended, a token is active only after all three are resumed', async () => {
  const { world } = bed;
  const [owner, target] = [await world.newOrganization(), await world.newOrganization()];
  const app = await world.registerApp({}, owner);
  const { access_token: token } = await world.installInto(target, app);
  await Promise.all([world.suspend(owner), world.suspend(target), world.suspendApp(app)]);
  for (const resume of [() => world.activate(owner), () => world.resumeApp(app), () => world.activate(target)]) {
    await world.expectEverywhere(token, suspended);
    await resume();
  }
  await world.expectEverywhere(token, { active: true });
});

test('a suspended organization cannot install apps, and its own apps cannot be installed', async () => {
  const { world } = bed;
  const [owner, target] = [await world.newOrganization(), await world.newOrganization()];
  const app = await world.registerApp({}, owner);
  const consent = () => world.consent(app, { target_organization_id: Number(target.id) }, target.admin);
  for (const [organization, error] of [
    [owner, 'unauthorized_client'],
    [target, 'access_denied'],
  ] as const) {
    await world.suspend(organization);
    const { status, body } = await consent();
    expect({ status, error: body.error }).toEqual({ status: 400, error });
    expect(new URL(body.redirect_to).searchParams.get('error')).toBe(error);
    await world.activate(organization);
  }
  expectStatus(200, await consent());
});

test('the next Introspect on every replica returns the new subdomain of a renamed organization', async () => {
  const { world } = bed;
  const target = await world.newOrganization();
  const { access_token: token } = await world.installInto(target, await world.registerApp());
  await bed.cache(token);
  await world.putOrganization(target, { subdomain: `renamed-${target.id}` });
  const renamed = { ...target, subdomain: `renamed-${target.id}` };
  await world.expectEverywhere(token, { active: true, organization: { id: target.id, subdomain: renamed.subdomain } });
  expectError(await world.asAdmin(target, 'GET', '/oauth/installs'), 403);
  expectStatus(200, await world.asAdmin(renamed, 'GET', '/oauth/installs'));
});

test('rejects a subdomain in use, and accepts one that is no longer used', async () => {
  const { world } = bed;
  const [one, other] = [await world.newOrganization(), await world.newOrganization()];
  const error = await bed.tables.unchangedBy(() =>
    expectRpcError(world.putOrganization(other, { subdomain: one.subdomain }), ErrorReason.INVALID_FIELD),
  );
  expect(error.findDetails(ErrorDetailSchema)[0]?.fieldViolations).toMatchObject([{ field: 'organization.subdomain' }]);
  await world.putOrganization(one, { subdomain: `moved-${one.id}` });
  await world.putOrganization(other, { subdomain: one.subdomain });
});

test('rejects an invalid id, subdomain, status or name, and names the field', async () => {
  const good = { id: 903n, subdomain: 'good', name: 'Good' };
  for (const [field, wrong] of [
    ['organization.id', { id: 0n }],
    ['organization.id', { id: -1n }],
    ['organization.subdomain', { subdomain: '' }],
    ['organization.subdomain', { subdomain: 'Upper' }],
    ['organization.subdomain', { subdomain: '-edge' }],
    ['organization.subdomain', { subdomain: 'dot.dot' }],
    ['organization.subdomain', { subdomain: 'a'.repeat(64) }],
    ['organization.status', { status: 3 as OrganizationStatus }],
    ['organization.name', { name: '' }],
    ['organization.name', { name: 'n'.repeat(201) }],
  ] as const) {
    const put = () => bed.world.directory.putOrganization({ organization: { ...good, ...wrong } });
    const error = await bed.tables.unchangedBy(() => expectRpcError(put(), ErrorReason.INVALID_FIELD));
    expect(error.findDetails(ErrorDetailSchema)[0]?.fieldViolations).toMatchObject([{ field }]);
  }
  const empty = bed.world.directory.putOrganization({});
  await expectRpcError(empty, ErrorReason.INVALID_FIELD);
  const nul = bed.world.directory.putOrganization({ organization: { ...good, name: 'a\0b' } });
  await expectRpcError(nul, ErrorReason.INVALID_REQUEST);
});
