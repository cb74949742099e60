/** Installed apps: list, details, disconnect. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

test('the next API call after a disconnect is rejected', async () => {
  const initiateLoginUri = 'https://app.example/connect?from=list';
  const app = await bed.app({ name: 'Short-lived', initiate_login_uri: initiateLoginUri });
  const token = await bed.api.install(app.account, app.redirectUri, { scope: 'posts:read' });
  expect(await bed.api.v3(token)).toBe(200);

  const visitor = await bed.visit('/installs', 'Tara Target');
  const { page } = visitor;
  expect(new URL(page.url()).pathname).toBe('/installs/globex');
  await page.getByRole('link', { name: 'Short-lived' }).click();
  await page.getByRole('listitem').filter({ hasText: 'posts:read' }).waitFor();
  expect(await page.getByRole('definition').filter({ hasText: 'Tara Target' }).count()).toBe(1);

  await visitor.button('Disconnect').click();
  await page.getByRole('dialog', { name: 'Disconnect Short-lived?' }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  expect(await bed.api.v3(token)).toBe(200);

  await visitor.button('Disconnect').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  const panel = page.locator('[aria-live="polite"]').filter({ hasText: 'Disconnected everywhere' });
  await panel.waitFor();
  const focused = await page.evaluate<string | null>('document.activeElement?.textContent ?? null');
  expect(focused).toContain('Disconnected everywhere');
  expect(await bed.api.v3(token)).toBe(401);

  const start = page.getByRole('link', { name: 'Connect Short-lived', exact: true });
  const issuer = encodeURIComponent(bed.stack.auth_server.http);
  expect(await start.getAttribute('href')).toBe(`${initiateLoginUri}&iss=${issuer}`);

  await page.getByRole('link', { name: 'Installed apps' }).first().click();
  await page.getByRole('heading', { name: 'Installed apps' }).waitFor();
  await expect.poll(() => page.getByRole('link', { name: 'Short-lived' }).count()).toBe(0);
  expect(visitor.problems).toEqual([]);
});

test('a member sees that only admins have access', async () => {
  const visitor = await bed.visit('/installs', 'Max Member');
  await visitor.page.getByText('Only admins of Globex Corporation can see this').waitFor();
  expect(visitor.problems).toEqual([]);
});

test('an organization without apps has an empty state', async () => {
  const visitor = await bed.visit('/installs', 'Sofia Several');
  await visitor.page.getByText('No apps installed').waitFor();
});

test('an organization that the user does not belong to is not found, and the user can switch to their own', async () => {
  const visitor = await bed.visit('/installs/acme', 'Tara Target');
  const { page } = visitor;
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await page.getByLabel('Organization').selectOption({ label: 'Globex Corporation' });
  await page.getByRole('heading', { name: 'Installed apps' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/installs/globex');
});

test('an unknown install is not found', async () => {
  const visitor = await bed.visit('/installs/initech/00000000-0000-7000-8000-000000000000', 'Sofia Several');
  await visitor.page.getByRole('alert').filter({ hasText: 'There is no install' }).waitFor();
});
