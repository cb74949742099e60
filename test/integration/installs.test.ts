import { expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, NO_PROFILE, type OrganizationWithAdmin, type RegisteredApp } from '../support/world.ts';

const bed = testBed();

const list = (organization: OrganizationWithAdmin, query = '') =>
  bed.world.asAdmin(organization, 'GET', `/oauth/installs${query}`);
const disconnect = (organization: OrganizationWithAdmin, id: string) => bed.world.disconnect(id, organization);

/** An organization with an install of each app; the ids and pairs of the installs, newest first. */
async function organizationWith(...apps: RegisteredApp[]) {
  const organization = await bed.world.newOrganization();
  const ids: string[] = [];
  const pairs = [];
  for (const app of apps) {
    pairs.unshift(await bed.world.installInto(organization, app));
    ids.unshift((await list(organization, '?per_page=1')).body.installs[0].id);
  }
  return { organization, ids, pairs };
}

test('lists installs with every field, newest first', async () => {
  const [one, two] = [await bed.world.registerApp({ name: 'One' }), await bed.world.registerApp({ name: 'Two' })];
  const { organization, ids } = await organizationWith(one, two);
  const response = await list(organization);
  expect(Object.keys(response.body)).toEqual(['installs']);
  expect(response.body.installs).toHaveLength(2);
  expect(response.body.installs[0]).toEqual({
    id: ids[0],
    client_id: two.clientId,
    app_name: 'Two',
    app_profile: NO_PROFILE,
    organization: { id: Number(organization.id), subdomain: organization.subdomain },
    actor: 'app',
    user_id: expect.any(Number),
    granted_scopes: ['posts:read', 'posts:write', 'comments:read'],
    granted_webhook_events: [],
    status: 'active',
    installed_by: organization.admin,
    installed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
    last_used_at: null,
  });
  expect(response.body.installs[1]).toMatchObject({ id: ids[1], client_id: one.clientId, app_name: 'One' });
});

test('pages the list', async () => {
  const apps = [await bed.world.registerApp(), await bed.world.registerApp(), await bed.world.registerApp()];
  const { organization, ids } = await organizationWith(...apps);
  const page = async (query: string) =>
    (await list(organization, query)).body.installs.map(({ id }: { id: string }) => id);
  expect(await page('?per_page=2')).toEqual(ids.slice(0, 2));
  expect(await page('?per_page=2&page=2')).toEqual(ids.slice(2));
  expect(await page('?per_page=2&page=3')).toEqual([]);
});

test('a disconnect returns 204, also when repeated, and the install is no longer listed', async () => {
  const app = await bed.world.registerApp();
  const { organization, ids, pairs } = await organizationWith(app);
  const id = ids[0] as string;
  expect(expectStatus(204, await disconnect(organization, id)).body).toBe('');
  expect(await bed.world.isActive(pairs[0]?.access_token as string)).toBe(false);
  expect((await list(organization)).body.installs).toEqual([]);
  for (const again of [id, id.toUpperCase()]) {
    await bed.tables.unchangedBy(async () => expectStatus(204, await disconnect(organization, again)));
  }
});

test('a disconnected app must ask for authorization again', async () => {
  const app = await bed.world.registerApp();
  const { organization, ids, pairs } = await organizationWith(app);
  await disconnect(organization, ids[0] as string);
  expectOAuthError(await bed.world.refresh(app, pairs[0]?.refresh_token as string), 'invalid_grant');
  const again = await bed.world.installInto(organization, app);
  const [install] = (await list(organization)).body.installs;
  expect(install).toMatchObject({ client_id: app.clientId, status: 'active' });
  expect(install.id).not.toBe(ids[0]);
  expect(await bed.world.introspect(again.access_token)).toMatchObject({ active: true, installId: install.id });
  expectStatus(204, await disconnect(organization, ids[0] as string));
  expect(await bed.world.isActive(again.access_token)).toBe(true);
});

test('a disconnect voids the outstanding code', async () => {
  const app = await bed.world.registerApp();
  const { organization, ids } = await organizationWith(app);
  const code = await bed.world.codeFor(organization, app);
  await disconnect(organization, ids[0] as string);
  await bed.tables.unchangedBy(async () => expectOAuthError(await bed.world.exchange(app, code), 'invalid_grant'));
  expect((await list(organization)).body.installs).toEqual([]);
});

test('a disconnect in one organization keeps the install in another', async () => {
  const app = await bed.world.registerApp();
  const [here, there] = [await organizationWith(app), await organizationWith(app)];
  await disconnect(here.organization, here.ids[0] as string);
  expect(await bed.world.isActive(there.pairs[0]?.access_token as string)).toBe(true);
  expect((await list(there.organization)).body.installs).toHaveLength(1);
});

test('a suspended organization can see and disconnect its installs', async () => {
  const app = await bed.world.registerApp();
  const { organization, ids, pairs } = await organizationWith(app);
  await bed.world.suspend(organization);
  expect((await list(organization)).body.installs).toMatchObject([{ id: ids[0], status: 'active' }]);
  expectStatus(204, await disconnect(organization, ids[0] as string));
  await bed.world.activate(organization);
  expect(await bed.world.isActive(pairs[0]?.access_token as string)).toBe(false);
});

test('a disconnect is audited with the admin and their IP address', async () => {
  const app = await bed.world.registerApp();
  const { organization, ids } = await organizationWith(app);
  await disconnect(organization, ids[0] as string);
  const { events } = await bed.world.operator.listAuditEvents({ installId: ids[0] as string, perPage: 1 });
  const by = { performedBy: `user:${organization.admin}`, organizationId: organization.id, ipAddress: '127.0.0.1' };
  expect(events).toMatchObject([{ action: 'install.disconnected', ...by }]);
});
