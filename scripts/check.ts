/** `npm run check`: everything about the code that can be told without running it. */
import { findBreakingChanges, findStaleGeneratedCode } from './check/contracts.ts';
import { runTool, type ToolResult } from './check/tool.ts';

interface Step {
  readonly name: string;
  readonly asks: string;
  readonly run: () => Promise<ToolResult>;
}

/** By its path: `tsc` on the PATH may be the older one, which is here for dependency-cruiser. */
const TSC = 'node_modules/@typescript/native/bin/tsc';

const STEPS: readonly Step[] = [
  {
    name: 'types',
    asks: 'tsc: do the types hold?',
    run: () => runTool(TSC, '--noEmit'),
  },
  {
    name: 'types of the web',
    asks: 'the same for the front end, which has a DOM and no Node',
    run: () => runTool(TSC, '--noEmit', '--project', 'services/consent-web'),
  },
  {
    name: 'style',
    asks: 'biome: formatted, and free of what the lint rules refuse? ("npm run format" mends most)',
    run: () => runTool('biome', 'ci', '--colors=off', '--error-on-warnings', '.'),
  },
  {
    name: 'imports',
    asks: 'dependency-cruiser: do imports run the right way, without cycles?',
    run: () => runTool('depcruise', '--config', '.dependency-cruiser.cjs', 'services', 'gen', 'scripts', 'test'),
  },
  {
    name: 'dead code',
    asks: 'knip: is every file and every export used?',
    run: () => runTool('knip', '--no-progress', '--include', 'files,exports,types,duplicates'),
  },
  { name: 'contracts', asks: 'buf lint: do the contracts keep the rules?', run: () => runTool('buf', 'lint') },
  {
    name: 'contract format',
    asks: 'buf format: are they formatted? ("npx buf format --write" mends it)',
    run: () => runTool('buf', 'format', '--diff', '--exit-code'),
  },
  { name: 'compatibility', asks: 'buf breaking: may recent callers still call?', run: findBreakingChanges },
  { name: 'generated code', asks: 'is gen/ what proto/ makes today?', run: findStaleGeneratedCode },
];

const HELP = `Usage: npm run check

Runs every step, even after a failed one, and prints the output of those that failed.

${STEPS.map(({ name, asks }) => `  ${name.padEnd(17)} ${asks}`).join('\n')}

A deliberately incompatible contract is declared by a trailer in the commit's message:
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
