/** The pages without a mouse: everything can be reached, seen and undone. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { e2eBed } from './support/bed.ts';

const bed = e2eBed();
const MAX_TABS = 40;

test('an app is connected with Tab, Space and Enter alone', async () => {
  const app = await bed.app({ name: 'Keyed' });
  app.request = { actor: 'app' };
  const visitor = await bed.browser.visitor();
  const { page } = visitor;
  await visitor.visit(await app.authorizationUrl(), 'Tara Target');
  await tabTo(page, 'Create, change, delete and assign posts');
  await page.keyboard.press('Space');
  await page.getByText('2 of 3 permissions').waitFor();
  await tabTo(page, 'Connect');
  // It takes nothing in its first instant.
  await expect.poll(() => page.getByRole('button', { name: 'Connect' }).isEnabled()).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Connected' }).waitFor();
  expect(app.outcomes[0]?.tokens).toMatchObject({ scope: 'posts:read comments:read' });
});

test('a dialog keeps the focus, closes with Escape and gives the focus back', async () => {
  const app = await bed.app({ name: 'Escaped' });
  await bed.api.install(app.account, app.redirectUri);
  const visitor = await bed.browser.visitor();
  const { page } = visitor;
  await visitor.visit(`${bed.stack.auth_server.http}/installs`, 'Tara Target');
  await tabTo(page, 'Escaped');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Escaped' }).waitFor();
  // A move within the console puts the focus where the new view begins.
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

test('the content can be reached past the navigation', async () => {
  const visitor = await bed.browser.visitor();
  const { page } = visitor;
  await visitor.visit(`${bed.stack.auth_server.http}/apps`, 'Olga Owner');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focusedText(page)).toBe('Register app');
});

async function tabTo(page: Page, name: string): Promise<void> {
  for (let press = 0; press < MAX_TABS; press++) {
    await page.keyboard.press('Tab');
    if ((await focusedText(page)).startsWith(name)) return;
  }
  throw new Error(`${name} cannot be reached with the keyboard`);
}

/** The words of what has the focus: its own, or those of its label. */
function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>(
    '((element) => (element.labels?.[0] ?? element).textContent.trim())(document.activeElement)',
  );
}
