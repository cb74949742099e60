import { beforeAll, expect, test } from 'vitest';
import { AppService } from '../../gen/featureos/oauth/v1/app_service_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { InstallService } from '../../gen/featureos/oauth/v1/install_service_pb.ts';
import { expectError, expectOAuthError, expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type OrganizationWithAdmin, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
const TENANT_COUNT = 3;

/** An organization that owns an app, and has the next organization's app installed. */
interface Tenant {
  readonly organization: OrganizationWithAdmin;
  readonly app: RegisteredApp;
  readonly installed: RegisteredApp;
  readonly installId: string;
  readonly pair: Pair;
}
let tenants: Tenant[];

beforeAll(async () => {
  const owners = [];
  for (let at = 0; at < TENANT_COUNT; at++) {
    const organization = await bed.world.newOrganization();
    owners.push({
      organization,
      app: await bed.world.registerApp({ name: `App of ${organization.subdomain}` }, organization),
    });
  }
  tenants = [];
  for (const [at, { organization, app }] of owners.entries()) {
    const installed = owners[(at + 1) % TENANT_COUNT]?.app as RegisteredApp;
    const pair = await bed.world.installInto(organization, installed);
    tenants.push({ organization, app, installed, installId: await bed.world.installId(installed, organization), pair });
  }
});

/** Runs the check for each tenant with every other as the intruder. The checks must change nothing in the database. */
async function forEachIntruder(check: (owner: Tenant, intruder: Tenant) => Promise<void>): Promise<void> {
  await bed.tables.unchangedBy(async () => {
    for (const owner of tenants) {
      for (const intruder of tenants) if (owner !== intruder) await check(owner, intruder);
    }
  });
}

test('an app of another organization is not found', async () => {
  await forEachIntruder(async ({ app }, { organization }) => {
    const path = `/oauth/apps/${app.clientId}`;
    for (const [method, at, body] of [
      ['GET', path, undefined],
      ['GET', `${path}/failed_requests`, undefined],
      ['PATCH', path, { name: 'Stolen' }],
      ['POST', `${path}/rotate_secret`, {}],
      ['DELETE', path, undefined],
    ] as const) {
      expectError(await bed.world.asAdmin(organization, method, at, body), 404);
    }
  });
});

test('an install of another organization is not found', async () => {
  await forEachIntruder(async ({ installId }, { organization }) => {
    expectError(await bed.world.disconnect(installId, organization), 404);
  });
});

test('lists contain nothing of another organization', async () => {
  await forEachIntruder(async (owner, { organization }) => {
    const apps = await bed.world.asAdmin(organization, 'GET', '/oauth/apps?per_page=100');
    expect(JSON.stringify(apps.body)).not.toContain(owner.app.clientId);
    expect(JSON.stringify(await bed.world.installs(organization))).not.toContain(owner.installId);
  });
});

test('a token acts in its own organization only and is inactive for other clients', async () => {
  await forEachIntruder(async (owner, intruder) => {
    const { organization } = await bed.world.introspect(owner.pair.access_token);
    expect(organization).toMatchObject({ id: owner.organization.id, subdomain: owner.organization.subdomain });
    const otherClients = [intruder.app, intruder.installed].filter(
      ({ clientId }) => clientId !== owner.installed.clientId,
    );
    for (const client of otherClients) {
      for (const token of [owner.pair.access_token, owner.pair.refresh_token]) {
        expect((await bed.world.client(client, '/oauth/introspect', { token })).body).toEqual({ active: false });
        expectStatus(200, await bed.world.client(client, '/oauth/revoke', { token }));
      }
      expectOAuthError(await bed.world.refresh(client, owner.pair.refresh_token), 'invalid_grant');
    }
  });
  for (const { pair } of tenants) expect(await bed.world.isActive(pair.access_token)).toBe(true);
});

test('the RPCs find nothing of another organization either', async () => {
  await forEachIntruder(async (owner, { organization }) => {
    const here = { headers: { 'x-organization': organization.subdomain } };
    const there = { headers: { 'x-organization': owner.organization.subdomain } };
    const apps = await bed.world.rpcAs(AppService, organization.admin);
    const installs = await bed.world.rpcAs(InstallService, organization.admin);
    const { clientId } = owner.app;
    const { installId } = owner;
    await expectRpcError(apps.getApp({ clientId }, here), ErrorReason.NOT_FOUND);
    await expectRpcError(apps.deleteApp({ clientId }, here), ErrorReason.NOT_FOUND);
    await expectRpcError(apps.rotateAppSecret({ clientId }, here), ErrorReason.NOT_FOUND);
    await expectRpcError(installs.disconnect({ installId }, here), ErrorReason.NOT_FOUND);
    await expectRpcError(apps.getApp({ clientId }, there), ErrorReason.NOT_AN_ADMIN);
    await expectRpcError(installs.disconnect({ installId }, there), ErrorReason.NOT_AN_ADMIN);
  });
});

test('a code for one organization yields a token for that one only', async () => {
  const [owner, intruder] = tenants as [Tenant, Tenant];
  const code = await bed.world.codeFor(owner.organization, owner.installed);
  const { body } = await bed.world.exchange(owner.installed, code, {
    target_organization_id: String(intruder.organization.id),
    organization: intruder.organization.subdomain,
  });
  expect((await bed.world.introspect(body.access_token)).organization?.id).toBe(owner.organization.id);
});

test('a denial by a user of another organization is not in the audit log of the target', async () => {
  const [owner, intruder] = tenants as [Tenant, Tenant];
  const events = async () =>
    (await bed.world.operator.listAuditEvents({ organizationId: owner.organization.id })).events.length;
  const before = await events();
  const fields = { target_organization_id: Number(owner.organization.id), decision: 'deny' };
  expectStatus(200, await bed.world.consent(owner.app, fields, intruder.organization.admin));
  expect(await events()).toBe(before);
  expectStatus(200, await bed.world.consent(owner.app, fields, owner.organization.admin));
  expect(await events()).toBe(before + 1);
});
