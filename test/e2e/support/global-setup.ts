/** One stack, one built front end and one browser for all browser tests; each test has apps and people of its own. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { ensureChromiumBinary } from '../../../scripts/dependencies/chromium.ts';
import { STACK_DIRECTORY, type StackInfo } from '../../../scripts/stack/stack-file.ts';
import { startStack } from '../../../scripts/stack/start-stack.ts';

export const LOG_DIRECTORY = join(STACK_DIRECTORY, 'e2e-logs');

/** Quiet: no look-ups of its maker's hosts, no updates. The tests may run as root, where there is no sandbox. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

declare module 'vitest' {
  export interface ProvidedContext {
    stack: StackInfo;
    /** Where the browser takes connections. */
    browser: string;
  }
}

/** Vitest calls this before the first file, and what it returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const browser = await chromium.launchServer({ executablePath: await ensureChromiumBinary(), args: FLAGS });
  project.provide('browser', browser.wsEndpoint());
  const stack = await startStack({ replicas: 2, logDirectory: LOG_DIRECTORY, onProgress: () => undefined });
  project.provide('stack', stack.info);
  return async () => {
    await browser.close();
    await stack.stop();
  };
}
