import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { interruption } from '../stack/interruption.ts';
import { type Figure, figureText } from './figures.ts';
import { Cores } from './measure/cores.ts';
import { type Options, readOptions } from './options.ts';
import { ROWS } from './rows/all-rows.ts';
import type { Row } from './rows/row.ts';
import { runRows } from './run-rows.ts';
import { BenchSystem } from './system/bench-system.ts';
import { CachedTokens } from './system/cached-tokens.ts';
import { startLoadGenerator } from './workers/workers.ts';

const HELP = `npm run bench -- [row …] [options]

Starts its own stack and compares it with baselines in the same run. Each figure is printed as soon as it is measured: a
line with its goals for people, then a JSON line, {"name", "value", "unit", "baseline", "ratio"}, with "goal" and "met" if it
has a goal; a CPU time has a JSON line of its own. Progress goes to stderr. Read ratios, not absolute numbers: loads that are
compared run in turn, round by round, and their figures are medians of the rounds. CPU time is that of the measured process.

If a row fails, the others still run, and the exit code is 1. A goal that is not met does not fail the bench.

Rows, that is benchmarks (default: all):
${ROWS.map(({ name, about }) => `  ${name.padEnd(17)} ${about}`).join('\n')}

  --rounds N      of rows that run in rounds (default 5); webhook-fan-out (one event) and size-of-change have their own number
  --seconds N     of each run of load (default 1.5), after half a second of warm-up; not in cold-start, steady-state and rows
                  that send a fixed number of requests
  --scale-to N    live tokens that the row scale goes up to (default 1000000)
  --quick         few and short rounds with few tokens: only shows that the rows work
  --help          this text

The measured server has the first core, everything else the others (taskset, Linux); rows about the whole system use all
cores. All tokens are live and different (except in the row malformed), and every response is checked. With DATABASE_URL or
REDIS_URL those servers are used: the bench adds millions of rows to Postgres and flushes Redis.
`;

const progress = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(text);

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) print(HELP);
  else process.exitCode = await measure(options, chosenRows(options.rows));
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.exit();

function chosenRows(names: readonly string[]): readonly Row[] {
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}\n\n${HELP}`);
  return names.length === 0 ? ROWS : ROWS.filter(({ name }) => names.includes(name));
}

async function measure(settings: Options, rows: readonly Row[]): Promise<0 | 1> {
  const interrupted = interruption();
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(mkdtempSync(join(tmpdir(), 'featureos-bench-')), (it) =>
    rmSync(it, { recursive: true }),
  );
  const cores = new Cores();
  const placement = await cores.leaveServerCore();
  const load = started.adopt(startLoadGenerator(), (it) => it.stop());
  const starting = BenchSystem.start({ folder, settings, onProgress: progress, interrupted });
  const system = started.adopt(await starting, (it) => it.stop());
  await cores.toServerCore([system.introspectionPid]);
  const [cpu] = cpus();
  print(`${cpus().length} cores, ${cpu?.model ?? 'unknown'}, Node ${process.version}; ${placement}\n`);
  const report = (...figures: readonly Figure[]) => print(figures.map(figureText).join(''));
  return await runRows(
    rows,
    { settings, system, cache: new CachedTokens(system, load), load, cores, folder, report, progress, interrupted },
    print,
  );
}
