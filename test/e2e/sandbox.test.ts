/** A developer creates the sandbox of their organization, and connects an app there without asking anybody. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';
import { newOrganization } from './support/test-organization.ts';

const bed = e2eBed();

test('a developer creates a sandbox and connects an app there', async () => {
  const owner = await newOrganization(bed.stack, 'Cyberdyne Systems');
  const app = await bed.app({ name: 'Neural net' }, { userId: owner.admin.id, organization: owner.subdomain });
  const subdomain = `sandbox--${owner.id}`;
  const visitor = await bed.visit(`/apps/${owner.subdomain}`, owner.admin);
  const { page } = visitor;
  await visitor.button('Create sandbox').click();
  const sandboxLink = page.getByRole('link', { name: 'View apps in Cyberdyne Systems sandbox' });
  await sandboxLink.waitFor();
  await expect.poll(() => page.evaluate<string>('document.activeElement?.textContent')).toContain('View apps in');
  expect(await visitor.button('Create sandbox').count()).toBe(0);

  await page.getByRole('link', { name: 'Neural net', exact: true }).click();
  await page.getByRole('link', { name: 'Try it', exact: true }).click();
  const authorizationLink = page.getByRole('link', { name: 'Open in a new tab' });
  const href = (await authorizationLink.getAttribute('href')) ?? '';
  expect(new URL(href).searchParams.get('sandbox')).toBe('true');
  await page.getByLabel('Connect to', { exact: true }).selectOption({ label: 'Chosen on the consent page' });
  await expect.poll(() => authorizationLink.getAttribute('href')).not.toContain('sandbox');

  app.request = { actor: 'app', sandbox: 'true' };
  await page.goto(await app.authorizationUrl());
  const choice = page.getByRole('radio', { name: 'Cyberdyne Systems sandbox' });
  await choice.waitFor();
  expect(await choice.isChecked()).toBe(true);
  await visitor.connect();
  expect(await bed.api.v3(app.accessToken)).toBe(200);
  expect(await bed.api.organizationOf(app.accessToken)).toBe(subdomain);

  await page.goto(`/installs/${subdomain}`);
  await page.getByRole('heading', { name: 'Installed apps' }).waitFor();
  await page.getByText('Sandbox', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Neural net', exact: true }).waitFor();
  expect(await page.getByRole('link', { name: 'Install policy' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Developer', exact: true }).click();
  await page.getByRole('heading', { name: 'Your apps' }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/apps/${owner.subdomain}`);
  expect(visitor.problems).toEqual([]);
});

test("the consent page of another organization's app does not show the sandbox", async () => {
  const owner = await newOrganization(bed.stack, 'Tyrell Corporation');
  await bed.api.createSandbox(owner);
  const app = await bed.app({ name: 'Foreign' });
  app.request = { actor: 'app', sandbox: 'true' };
  const visitor = await bed.openConsentPage(app, owner.admin);
  await visitor.page.getByRole('radio', { name: 'Tyrell Corporation' }).waitFor();
  expect(await visitor.page.getByRole('radio').count()).toBe(1);
});
