/** Admins set the install policy, and the consent page follows it. */
import { beforeEach, expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { newOrganization, type TestOrganization } from './support/test-organization.ts';
import type { Visitor } from './support/visitor.ts';

const bed = e2eBed();
const PERMISSIONS = { read: 'Read posts and their details', write: 'Create, change, delete and assign posts' };
let organization: TestOrganization;
let visitor: Visitor;

beforeEach(async () => {
  organization = await newOrganization(bed.stack, 'Pied Piper');
  visitor = await bed.browser.visitor();
});

const openPolicy = () => visitor.visit(`/installs/${organization.subdomain}/policy`, organization.admin);
async function save() {
  await visitor.button('Save changes').click();
  await visitor.page.getByRole('status').filter({ hasText: 'Saved' }).waitFor();
}

test('an app that an admin blocks cannot be connected until it is removed from the list', async () => {
  const app = await bed.app({ name: 'Nosy' });
  const { page } = visitor;
  await openPolicy();
  const blocked = page.getByRole('group', { name: 'Blocked apps' });
  await blocked.getByLabel('Add an app by its client ID').fill(app.account.clientId);
  // A typed ID is added on save, even without a click on "Add".
  await save();
  await blocked.getByText('Nosy').waitFor();

  await page.goto(await app.authorizationUrl());
  await page.getByText('Pied Piper has blocked this app.').waitFor();
  expect(await visitor.button('Connect').count()).toBe(0);
  await page.getByRole('link', { name: 'Change the install policy of Pied Piper' }).click();
  await page.getByRole('group', { name: 'Blocked apps' }).getByRole('button', { name: 'Remove Nosy' }).click();
  await save();

  await page.goto(await app.authorizationUrl());
  await visitor.connect();
  expect(visitor.problems).toEqual([]);
});

test('permissions that the policy does not permit are not offered', async () => {
  const app = await bed.app({ name: 'Greedy' });
  const { page } = visitor;
  await openPolicy();
  await page.getByLabel('Limit what apps can be granted').check();
  await page.getByLabel(PERMISSIONS.write).uncheck();
  await save();

  await page.goto(await app.authorizationUrl());
  await page.getByText('Not allowed by Pied Piper').waitFor();
  expect(await page.getByRole('checkbox', { name: PERMISSIONS.write }).count()).toBe(0);
  expect(await page.getByRole('checkbox', { name: PERMISSIONS.read }).isChecked()).toBe(true);
  await visitor.connect();
  expect(await bed.api.v3(app.accessToken)).toBe(200);
});

test('a limit without any permission is not saved, because the server would read it as no limit', async () => {
  const { page } = visitor;
  await openPolicy();
  await page.getByLabel('Limit what apps can be granted').check();
  for (const box of await page.getByRole('group', { name: 'Permissions' }).getByRole('checkbox').all()) {
    if ((await box.getAttribute('id')) !== (await page.getByLabel('Limit what apps').getAttribute('id'))) {
      await box.uncheck();
    }
  }
  await page.getByText('Select at least one permission, or remove the limit.').waitFor();
  expect(await visitor.button('Save changes').getAttribute('aria-disabled')).toBe('true');
});

test('a policy change after the consent page has loaded is explained when the admin approves', async () => {
  const app = await bed.app({ name: 'Late' });
  await visitor.visit(await app.authorizationUrl(), organization.admin);
  await bed.api.putPolicy(organization, { membersMayRequest: true, blockedApps: [app.account.clientId] });
  await visitor.button('Connect').click();
  await visitor.page.getByRole('alert').filter({ hasText: 'the organization has blocked this app' }).waitFor();
  expect(app.callbacks).toEqual([]);
});
