import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { watchLayoutShift } from './layout-shift.ts';
import { Visitor } from './visitor.ts';

const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** The browser of the test run, with an isolated context for each visitor. Paths are resolved against auth-server. */
export class BrowserBed {
  #browser: Browser | undefined;

  async open(): Promise<void> {
    this.#browser = await chromium.connect(inject('browser'));
  }

  /** A new visitor without cookies. */
  async visitor(options: BrowserContextOptions = {}): Promise<Visitor> {
    if (this.#browser === undefined) throw new Error('the browser is not open yet');
    const baseURL = inject('stack').auth_server.http;
    const context = await this.#browser.newContext({ viewport: DESKTOP, baseURL, ...options });
    await watchLayoutShift(context);
    return new Visitor(await context.newPage());
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }
}

/** Call it once at the top of a test file. */
export function browserBed(): BrowserBed {
  const bed = new BrowserBed();
  beforeAll(() => bed.open());
  afterAll(() => bed.close());
  return bed;
}
