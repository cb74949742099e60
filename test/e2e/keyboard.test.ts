/** The pages can be used with only the keyboard. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();
const MAX_TABS = 40;

test('connects an app with Tab, Space and Enter', async () => {
  const app = await bed.app({ name: 'Keyed' });
  const { page } = await bed.openConsentPage(app);
  await tabTo(page, 'Create, change, delete and assign posts');
  await page.keyboard.press('Space');
  await page.getByText('2 of 3 permissions').waitFor();
  await tabTo(page, 'Connect');
  // The button is disabled until the page has been visible and focused for MIN_ATTENTION_MS.
  await expect.poll(() => page.getByRole('button', { name: 'Connect' }).isEnabled()).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
  expect(app.callbacks[0]?.tokens).toMatchObject({ scope: 'posts:read comments:read' });
});

test('a dialog traps the focus, closes with Escape and restores the focus', async () => {
  const app = await bed.app({ name: 'Escaped' });
  await bed.api.install(app.account, app.redirectUri);
  const { page } = await bed.visit('/installs', 'Tara Target');
  await tabTo(page, 'Escaped');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Escaped' }).waitFor();
  // Navigation without a page load moves the focus to the heading.
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');

  await tabTo(page, 'Disconnect');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let press = 0; press < 6; press++) {
    await page.keyboard.press('Tab');
    expect(
      await page.evaluate('document.activeElement === document.body || !!document.activeElement.closest("dialog")'),
    ).toBe(true);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Disconnect');
});

test('the skip link skips the navigation', async () => {
  const { page } = await bed.visit('/apps', 'Olga Owner');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Register app');
});

async function tabTo(page: Page, name: string): Promise<void> {
  for (let press = 0; press < MAX_TABS; press++) {
    await page.keyboard.press('Tab');
    if ((await focusedText(page)).startsWith(name)) return;
  }
  throw new Error(`${name} cannot be reached with Tab`);
}

function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>(
    '((element) => (element.labels?.[0] ?? element).textContent.trim())(document.activeElement)',
  );
}
