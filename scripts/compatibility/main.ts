import { parseArgs } from 'node:util';
import { checkOut, ROOT } from './checkout.ts';
import { commitOf, earlierRelease, migrationFiles } from './earlier-release.ts';
import { runTests } from './run-tests.ts';

const HELP = `npm run compatibility -- [--ref <git ref>] [test path ...]

Runs the tests of an earlier release on the schema of this working tree: what that release meets during an upgrade,
after the migration and before its servers are replaced (docs/compatibility.md).

  --ref REF   the earlier release (default: the last tag v*, else the commit before the newest migration)
  --help      this text

Without a path: all integration tests. Tests of migrations never run. Exits with 0 if the tests pass, or if there
is no earlier release.
`;

try {
  const { values, positionals } = parseArgs({
    options: { ref: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) process.stdout.write(HELP);
  else process.exitCode = await run(values.ref, positionals.length > 0 ? positionals : ['test/integration/']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** Returns the exit code. */
async function run(ref: string | undefined, tests: readonly string[]): Promise<number> {
  const commit = ref === undefined ? await earlierRelease() : await commitOf(ref);
  if (commit === undefined) {
    const [only] = await migrationFiles();
    print(`Nothing to compare: ${only} is the only migration, and nothing has been released.`);
    return 0;
  }
  print(`Tests of ${commit.slice(0, 12)} on the schema of the working tree`);
  const checkout = await checkOut(commit);
  try {
    return (await runTests({ checkout, schemaOf: ROOT, tests })) ? 0 : 1;
  } finally {
    await checkout.remove();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
