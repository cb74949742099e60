/** Starts the stack and the browser that the browser tests share. Each test file registers its own apps. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { ensureChromiumBinary } from '../../../scripts/dependencies/chromium.ts';
import { STACK_DIRECTORY, type StackInfo } from '../../../scripts/stack/stack-file.ts';
import { startStack } from '../../../scripts/stack/start-stack.ts';

const LOG_DIRECTORY = join(STACK_DIRECTORY, 'e2e-logs');

/** No background requests and no updates. Without a sandbox, because the tests may run as root. */
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
    /** The WebSocket URL of the browser. */
    browser: string;
  }
}

/** Vitest calls this before the first file, and the returned function after the last. */
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
