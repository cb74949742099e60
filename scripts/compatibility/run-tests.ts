import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MIGRATE_FIRST_VARIABLE } from '../../test/support/tiers.ts';
import type { Checkout } from './checkout.ts';
import { ROOT } from './checkout.ts';

/** Excluded, because these tests compare the schema with the migrations of their own release. */
const ABOUT_MIGRATIONS = ['**/migrations.test.ts', '**/migration-command.test.ts'];

export interface TestRun {
  /** Whose tests and services run. */
  readonly checkout: Checkout;
  /** The root of the working tree whose schema they run on. */
  readonly schemaOf: string;
  /** Parts of paths of test files. */
  readonly tests: readonly string[];
  /** The output of vitest. Default: that of this process. */
  readonly output?: 'inherit' | 'ignore';
}

/** Runs tests of a commit on the schema of another working tree. True if all have passed. */
export async function runTests({ checkout, schemaOf, tests, output = 'inherit' }: TestRun): Promise<boolean> {
  const { folder } = checkout;
  const setup = await readFile(join(folder, 'test/support/global-setup.ts'), 'utf8');
  if (!setup.includes('MIGRATE_FIRST_VARIABLE'))
    throw new Error('that commit is too old: its test/support/global-setup.ts cannot run the tests on another schema');
  const exclude = ABOUT_MIGRATIONS.flatMap((pattern) => ['--exclude', pattern]);
  const vitest = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...exclude, ...tests], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      [MIGRATE_FIRST_VARIABLE]: join(schemaOf, 'services/auth-server/migrate.ts'),
    },
    stdio: ['ignore', output, output],
  });
  const [code] = await once(vitest, 'exit');
  return code === 0;
}
