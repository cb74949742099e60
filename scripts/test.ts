/** `npm test`: installs Redis if it is missing, runs vitest, and prints the number of passed and failed tests. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestCounts } from '../test/support/counts-reporter.ts';
import { ON_DEMAND_TIERS, ON_DEMAND_VARIABLE, PURE_TIERS, SERVICE_TIERS } from '../test/support/tiers.ts';
import { ensureChromiumBinary } from './dependencies/chromium.ts';
import { ensureRedisBinary } from './dependencies/redis.ts';

const TIERS = { ...PURE_TIERS, ...SERVICE_TIERS, ...ON_DEMAND_TIERS };

const HELP = `Usage: npm test -- [tier ...] [path ...] [--all] [vitest options]

Tiers, each a folder under test/:
${describe(PURE_TIERS)}
over one Postgres and one Redis that are started for the run:
${describe(SERVICE_TIERS)}
only when they are named, or with --all:
${describe(ON_DEMAND_TIERS)}

A path is any part of a test file's path. With a path, only the path selects files, but an on-demand
tier must still be named: fault restored-database, or test/fault/restored-database.
Other options go to vitest, with a value after "=": --reporter=verbose; only -t takes its value as the next argument.
`;

function describe(tiers: Record<string, string>): string {
  return Object.entries(tiers)
    .map(([name, what]) => `  ${name.padEnd(12)} ${what}`)
    .join('\n');
}

async function runVitest(args: readonly string[], onDemand: readonly string[]): Promise<number> {
  const vitest = fork(fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url)), ['run', ...args], {
    detached: true,
    env: { ...process.env, [ON_DEMAND_VARIABLE]: onDemand.join(',') },
  });
  let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  vitest.on('message', (message) => {
    counts = message as TestCounts;
  });
  // A worker that sleeps in a test does not end with vitest, so signals go to the process group.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.kill(-(vitest.pid as number), signal));
  }
  const [code] = await once(vitest, 'exit');
  const exitCode = code ?? 1;
  process.stdout.write(`${closingLine(counts, exitCode)}\n`);
  return exitCode;
}

/** Scripts may parse this line. A run that fails without a failed test, such as one whose file does not load, has one failure. */
function closingLine({ passed, failed, skipped }: TestCounts, exitCode: number): string {
  const failures = exitCode === 0 ? failed : Math.max(failed, 1);
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const isTier = (arg: string) => Object.hasOwn(TIERS, arg);

/** Whether an argument is a tier or a path: neither an option nor the value of -t. */
function selectsFiles(arg: string, at: number, args: readonly string[]): boolean {
  return !arg.startsWith('-') && args[at - 1] !== '-t';
}

/**
 * vitest runs the files that match any filter, so tiers are omitted if there is a path: `fault restored-database` would run all
 * of `fault`.
 */
function vitestArguments(args: readonly string[]): string[] {
  const hasPaths = args.filter(selectsFiles).some((arg) => !isTier(arg));
  return args.flatMap((arg, at) => {
    if (arg === '--all') return [];
    if (!isTier(arg) || !selectsFiles(arg, at, args)) return [arg];
    // A tier's name selects its folder: "race" alone would also match trace-context.test.ts.
    return hasPaths ? [] : [`test/${arg}/`];
  });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const selectors = args.filter(selectsFiles);
  const isNamed = (tier: string) => selectors.some((arg) => arg === tier || arg.includes(`test/${tier}/`));
  const onDemand = Object.keys(ON_DEMAND_TIERS).filter((tier) => args.includes('--all') || isNamed(tier));
  try {
    await ensureRedisBinary();
    if (onDemand.includes('e2e')) await ensureChromiumBinary();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  return await runVitest(vitestArguments(args), onDemand);
}

process.exitCode = await main(process.argv.slice(2));
