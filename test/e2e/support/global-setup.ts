/** One stack and one built front end for all browser tests; each test has apps of its own in it. */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureChromiumBinary } from '../../../scripts/services/chromium.ts';
import { STACK_DIRECTORY, type StackInfo } from '../../../scripts/stack/stack-file.ts';
import { startStack } from '../../../scripts/stack/start-stack.ts';

export const LOG_DIRECTORY = join(STACK_DIRECTORY, 'e2e-logs');

declare module 'vitest' {
  export interface ProvidedContext {
    stack: StackInfo;
    chromium: string;
  }
}

/** Vitest calls this before the first file, and what it returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('chromium', await ensureChromiumBinary());
  const stack = await startStack({ replicas: 2, logDirectory: LOG_DIRECTORY, onProgress: () => undefined });
  project.provide('stack', stack.info);
  return () => stack.stop();
}
