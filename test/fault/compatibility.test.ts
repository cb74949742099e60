/** The tests of a release, run on the schema of a later one, fail if the release cannot work with that schema. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, checkOut } from '../../scripts/compatibility/checkout.ts';
import { commitOf } from '../../scripts/compatibility/earlier-release.ts';
import { runTests } from '../../scripts/compatibility/run-tests.ts';

const LIMIT_MS = 240_000;
const MIGRATIONS = 'services/auth-server/store/migrations';
const TESTS = ['test/integration/installs'];

let release: Checkout;
/** The same commit, with one more migration. */
let later: Checkout;
let initialIndex: string;

beforeAll(async () => {
  const commit = await commitOf('HEAD');
  [release, later] = await Promise.all([checkOut(commit), checkOut(commit)]);
  initialIndex = await readFile(join(later.folder, MIGRATIONS, 'index.ts'), 'utf8');
}, LIMIT_MS);

afterAll(async () => {
  await Promise.all([release?.remove(), later?.remove()]);
}, LIMIT_MS);

async function addMigration(statement: string): Promise<void> {
  const folder = join(later.folder, MIGRATIONS);
  const migration = `import { type Kysely, sql } from 'kysely';
export const up = (db: Kysely<unknown>) => sql\`${statement}\`.execute(db);
`;
  await writeFile(join(folder, '0900-of-this-test.ts'), migration);
  const entry = `import * as added from './0900-of-this-test.ts';\nmigrations['0900-of-this-test'] = added;\n`;
  await writeFile(join(folder, 'index.ts'), `${initialIndex}${entry}`);
}

test.each([
  ['pass after a column was added', "ALTER TABLE installs ADD COLUMN note text NOT NULL DEFAULT ''", true],
  ['fail after a column was renamed', 'ALTER TABLE installs RENAME COLUMN ended_at TO finished_at', false],
])('tests of the release %s', { timeout: LIMIT_MS }, async (_what, statement, passes) => {
  await addMigration(statement);
  expect(await runTests({ checkout: release, schemaOf: later.folder, tests: TESTS, output: 'ignore' })).toBe(passes);
});
