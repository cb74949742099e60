import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { STACK_DIRECTORY } from '../../../scripts/stack/stack-file.ts';

const FOLDER = join(STACK_DIRECTORY, 'screenshots');
const README_IMAGES = join(import.meta.dirname, '../../../docs/images');

/** How a view is displayed. */
export interface Variant {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The images of the README, by screenshot name. Replaced only with UPDATE_SCREENSHOTS=1, because they are committed. */
const README_IMAGE_NAMES: ReadonlyMap<string, string> = new Map([
  ['consent-1280-light', 'consent.png'],
  ['app-1280-dark', 'developer-console.png'],
]);

/** Saves a screenshot of the window, which resizeWindow() has made as high as the page, in .stack/screenshots. */
export async function takeScreenshot(page: Page, view: string, { width, colorScheme }: Variant): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const name = `${view}-${width}-${colorScheme}`;
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  const readmeName = README_IMAGE_NAMES.get(name);
  if (readmeName === undefined || process.env.UPDATE_SCREENSHOTS !== '1') return;
  mkdirSync(README_IMAGES, { recursive: true });
  copyFileSync(path, join(README_IMAGES, readmeName));
}

export async function applyTheme(page: Page, { colorScheme }: Variant): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
}

/** Gives the window the width of a variant and the height of the page, so that sticky elements are in their final position. */
export async function resizeWindow(page: Page, { width }: Variant): Promise<void> {
  await page.setViewportSize({ width, height: 600 });
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ width, height: Math.max(height, 600) });
}
