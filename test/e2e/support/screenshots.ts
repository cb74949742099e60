import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { STACK_DIRECTORY } from '../../../scripts/stack/stack-file.ts';

const FOLDER = join(STACK_DIRECTORY, 'screenshots');
const README_IMAGES = join(import.meta.dirname, '../../../docs/images');

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The ones that the README shows, by view. Written on purpose only, since they are committed. */
const IN_README: ReadonlyMap<string, string> = new Map([
  ['consent-1280-light', 'consent.png'],
  ['app-1280-dark', 'developer-console.png'],
]);

/** The whole page, to be looked at, in .stack/screenshots. */
export async function takeScreenshot(page: Page, view: string, { width, colorScheme }: Look): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const name = `${view}-${width}-${colorScheme}`;
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  const readmeName = IN_README.get(name);
  if (readmeName === undefined || process.env.UPDATE_SCREENSHOTS !== '1') return;
  mkdirSync(README_IMAGES, { recursive: true });
  copyFileSync(path, join(README_IMAGES, readmeName));
}

export async function wearTheme(page: Page, { colorScheme }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
}

/** Makes the window as high as the page: what sticks to the window's edge is then where it belongs. */
export async function wearWidth(page: Page, { width }: Look): Promise<void> {
  await page.setViewportSize({ width, height: 600 });
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ width, height: Math.max(height, 600) });
}
