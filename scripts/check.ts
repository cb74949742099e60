/** `npm run check`: all checks that do not run the code. */
import { findBreakingChanges, findStaleGeneratedCode } from './check/contracts.ts';
import { runTool, type ToolResult, TSC } from './check/tool.ts';

interface Step {
  readonly name: string;
  readonly about: string;
  readonly run: () => Promise<ToolResult>;
}

const STEPS: readonly Step[] = [
  {
    name: 'types',
    about: 'tsc: is the code free of type errors?',
    run: () => runTool(TSC, '--noEmit'),
  },
  {
    name: 'types of the web',
    about: 'the same for the front end, which has a DOM and no Node',
    run: () => runTool(TSC, '--noEmit', '--project', 'services/web'),
  },
  {
    name: 'style',
    about: 'biome: is the code formatted, and free of lint errors? ("npm run format" fixes most)',
    run: () => runTool('biome', 'ci', '--colors=off', '--error-on-warnings', '.'),
  },
  {
    name: 'imports',
    about: 'dependency-cruiser: do imports follow the layers, without cycles?',
    run: () =>
      runTool('depcruise', '--config', '.dependency-cruiser.cjs', 'packages', 'services', 'gen', 'scripts', 'test'),
  },
  {
    name: 'dead code',
    about: 'knip: is every file, export and dependency used? ("npx knip --fix" removes unused exports)',
    run: () => runTool('knip', '--treat-config-hints-as-errors'),
  },
  {
    name: 'contracts',
    about: 'buf lint: do the contracts (proto/) follow its rules?',
    run: () => runTool('buf', 'lint'),
  },
  {
    name: 'contract format',
    about: 'buf format: are the contracts formatted? ("npx buf format --write" fixes it)',
    run: () => runTool('buf', 'format', '--diff', '--exit-code'),
  },
  {
    name: 'compatibility',
    about: 'buf breaking: do callers with recent versions of the contracts still work?',
    run: findBreakingChanges,
  },
  { name: 'generated code', about: 'is gen/ up to date with proto/?', run: findStaleGeneratedCode },
];

const HELP = `Usage: npm run check

Runs every step, even after a failed one, and prints the output of those that failed.

${STEPS.map(({ name, about }) => `  ${name.padEnd(17)} ${about}`).join('\n')}

A deliberately incompatible contract is declared by a trailer in the message of the commit that introduces it:
  Breaking-Contracts: <why>
`;

async function runAll(): Promise<boolean> {
  let allOk = true;
  for (const { name, run } of STEPS) {
    const startedAt = performance.now();
    const { ok, output, note } = await run();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(17)} ${seconds} s${note ? `  (${note})` : ''}\n`);
    if (!ok) process.stdout.write(`\n${output}\n\n`);
    allOk &&= ok;
  }
  return allOk;
}

if (process.argv.includes('--help')) process.stdout.write(HELP);
else if (!(await runAll())) process.exitCode = 1;
