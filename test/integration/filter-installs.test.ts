/** Search, filters and order of ListInstalls. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { beforeAll, expect, test, vi } from 'vitest';
import { Role } from '../../gen/featureos/oauth/v1/directory_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import {
  InstallOrder,
  InstallService,
  type ListInstallsRequestSchema,
} from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { type OrganizationWithAdmin, TARGET_MEMBER } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
const DAY_S = 86_400;

type Request = MessageInitShape<typeof ListInstallsRequestSchema>;

let organization: OrganizationWithAdmin;

async function installApp(name: string, scope: string, actor: string, admin = organization.admin): Promise<string> {
  const app = await bed.world.registerApp({ name, declared_scopes: [scope] });
  return (await bed.world.installInto({ ...organization, admin }, app, { actor })).access_token;
}

async function list(request: Request = {}) {
  const client = await bed.world.rpcAs(InstallService, organization.admin);
  return (await client.listInstalls(request, { headers: { 'x-organization': organization.subdomain } })).installs;
}

const names = async (request: Request = {}) => (await list(request)).map(({ appName }) => appName);

beforeAll(async () => {
  organization = await bed.world.newOrganization();
  await bed.world.setRole(organization.id, TARGET_MEMBER, Role.ADMIN);
  await installApp('Customer Sync', 'customers:read', 'app');
  await installApp('Former helper', 'posts:read', 'self', TARGET_MEMBER);
  clock.advance(100 * DAY_S);
  const token = await installApp('100% Émile_', 'member:read', 'self');
  await bed.world.introspect(token);
  await vi.waitUntil(async () => (await list({ search: 'émile' }))[0]?.lastUsedAt, { timeout: 20_000 });
  await bed.world.removeMember(organization, TARGET_MEMBER);
});

test('without a filter, returns every install, newest first', async () => {
  expect(await names()).toEqual(['100% Émile_', 'Former helper', 'Customer Sync']);
});

test('finds installs by a part of the name of the app, its owner or the admin, ignoring case and without wildcards', async () => {
  expect(await names({ search: ' ÉMILE_ ' })).toEqual(['100% Émile_']);
  expect(await names({ search: '%' })).toEqual(['100% Émile_']);
  expect(await names({ search: 'acme' })).toHaveLength(3);
  expect(await names({ search: `admin ${organization.admin}` })).toEqual(['100% Émile_', 'Customer Sync']);
  expect(await names({ search: 'nothing' })).toEqual([]);
});

test('finds installs that grant one of several scopes', async () => {
  expect(await names({ anyOfScopes: ['customers:read', 'customers:write'] })).toEqual(['Customer Sync']);
  expect(await names({ anyOfScopes: ['customers:read', 'member:read'] })).toEqual(['100% Émile_', 'Customer Sync']);
});

test('finds installs that were neither connected nor used in the last `unusedDays` days', async () => {
  expect(await names({ unusedDays: 90 })).toEqual(['Former helper', 'Customer Sync']);
  expect(await names({ unusedDays: 101 })).toEqual([]);
});

test('finds installs that act as a user who has left', async () => {
  expect(await names({ actsAsFormerMember: true })).toEqual(['Former helper']);
  expect((await list()).map(({ actsAsFormerMember }) => actsAsFormerMember)).toEqual([false, true, false]);
});

test('combines filters, and pages through the result in the requested order', async () => {
  const order = InstallOrder.APP_NAME;
  expect(await names({ order })).toEqual(['100% Émile_', 'Customer Sync', 'Former helper']);
  const leastUsedFirst = ['Former helper', 'Customer Sync', '100% Émile_'];
  expect(await names({ order: InstallOrder.LEAST_RECENTLY_USED })).toEqual(leastUsedFirst);
  expect(await names({ order, search: 'acme', unusedDays: 90, perPage: 1, page: 2 })).toEqual(['Former helper']);
});

test('pages by the id of the last install of a page, without gaps or duplicates while the list changes', async () => {
  const [first] = await list({ perPage: 1 });
  await installApp('Added meanwhile', 'posts:read', 'app');
  const beforeInstallId = first?.id ?? '';
  expect(await names({ perPage: 1, beforeInstallId })).toEqual(['Former helper']);
  const client = await bed.world.rpcAs(InstallService, organization.admin);
  const [added] = await list({ perPage: 1 });
  await client.disconnect({ installId: added?.id ?? '' }, { headers: { 'x-organization': organization.subdomain } });
  expect(await names({ beforeInstallId })).toEqual(['Former helper', 'Customer Sync']);
});

test('rejects a scope that is not in the catalog, too many days, a search that is too long and an invalid id', async () => {
  for (const request of [
    { anyOfScopes: ['nonsense'] },
    { unusedDays: 3_651 },
    { search: 'x'.repeat(101) },
    { beforeInstallId: '1' },
  ]) {
    await expectRpcError(list(request), ErrorReason.INVALID_REQUEST);
  }
});
