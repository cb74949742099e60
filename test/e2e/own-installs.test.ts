/** A user finds an app that acts as them, and disconnects it. */
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();

test('a user disconnects an app that acts as them, and its next API call is rejected', async () => {
  const app = await bed.app({ name: 'Ghostwriter', declared_scopes: ['posts:read', 'posts:write'] });
  const token = await bed.api.install(app.account, app.redirectUri, { actor: 'self' });
  const bot = await bed.app({ name: 'Some bot' });
  const botToken = await bed.api.install(bot.account, bot.redirectUri);

  const visitor = await bed.visit('/installs', 'Tara Target');
  const { page } = visitor;
  await page.getByRole('link', { name: 'Apps that act as you' }).click();
  await page.getByRole('heading', { name: 'Apps that act as you' }).waitFor();
  const row = page.getByRole('listitem').filter({ hasText: 'Ghostwriter' });
  await row.getByText('in Globex Corporation, built by Acme Inc').waitFor();
  await row.getByText('Never used').waitFor();
  expect(await page.getByText('Some bot').count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Apps that act as you' }).getAttribute('aria-current')).toBe('page');

  await page.getByRole('button', { name: 'Disconnect Ghostwriter from Globex Corporation' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disconnect Ghostwriter?' });
  await dialog.getByRole('button', { name: 'Disconnect' }).click();
  const results = page.getByRole('region', { name: 'Disconnect results' });
  await results.getByText('Disconnected everywhere').waitFor();
  expect(await bed.api.v3(token)).toBe(401);
  expect(await bed.api.v3(botToken)).toBe(200);
  await expect.poll(() => page.getByRole('button', { name: /Ghostwriter/ }).count()).toBe(0);
  expect(await page.evaluate<string | null>("document.activeElement?.getAttribute('aria-label')")).toBe(
    'Disconnect results',
  );
  expect(visitor.problems).toEqual([]);
});

test('choosing an organization opens its installed apps', async () => {
  const visitor = await bed.visit('/me', 'Paula Plural');
  await visitor.page.getByRole('heading', { name: 'Apps that act as you' }).waitFor();
  await visitor.page.getByLabel('Organization').selectOption({ label: 'Umbrella' });
  await visitor.page.getByRole('heading', { name: 'Installed apps' }).waitFor();
  expect(new URL(visitor.page.url()).pathname).toBe('/installs/umbrella');
});
