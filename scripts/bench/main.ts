import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { interruption } from '../stack/interruption.ts';
import { type Figure, printFigures } from './figures.ts';
import { Cores } from './measure/cores.ts';
import { type Options, readOptions } from './options.ts';
import { ROWS } from './rows/all-rows.ts';
import type { Row } from './rows/row.ts';
import { BenchSystem } from './system/bench-system.ts';
import { startLoadGenerator } from './workers/workers.ts';

const HELP = `npm run bench -- [row …] [options]

Measures on a stack of its own, beside baselines in the same run, and prints a table, then one JSON line for each figure:
{"name", "value", "unit", "baseline", "ratio"}. Progress goes to stderr. Read ratios, not absolute numbers: what is
compared runs in turn, round by round, and each figure is the median of the rounds. CPU time is the server's alone.

Rows (default: all but those on demand):
${ROWS.map(({ name, about, isOnDemand }) => `  ${name.padEnd(17)} ${about}${isOnDemand ? ' (on demand)' : ''}`).join('\n')}

  --rounds N      of each row (default 5)
  --seconds N     of each run of load, after half a second that does not count (default 1.5)
  --scale-to N    live tokens that the row scale goes up to (default 1000000)
  --quick         one short round: shows that a row works, and nothing else
  --help          this text

The server has the first core, everything else the others (taskset, Linux). All tokens are live and different, and every
answer is checked. The load generator is in load/, because h2load sends one body; the row generator compares the two.
`;

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else await measure(options, chosenRows(options.rows));
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.exit();

function chosenRows(names: readonly string[]): Row[] {
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}\n\n${HELP}`);
  return ROWS.filter(({ name, isOnDemand }) => (names.length === 0 ? !isOnDemand : names.includes(name)));
}

async function measure(options: Options, rows: readonly Row[]): Promise<void> {
  const interrupted = interruption();
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(mkdtempSync(join(tmpdir(), 'featureos-bench-')), (it) =>
    rmSync(it, { recursive: true }),
  );
  const cores = new Cores();
  const placement = await cores.leaveServerCore();
  const system = started.adopt(await BenchSystem.start(folder, progress, interrupted), (it) => it.stop());
  const load = started.adopt(startLoadGenerator(), (it) => it.stop());
  await cores.toServerCore([system.pid('introspection-1')]);
  const figures: Figure[] = [];
  for (const { name, run } of rows) {
    interrupted.throwIfAborted();
    progress(`${name} …`);
    figures.push(...(await run({ settings: options, system, load, cores, folder, progress, interrupted })));
  }
  const [cpu] = cpus();
  process.stdout.write(`${cpus().length} cores, ${cpu?.model ?? 'unknown'}, Node ${process.version}; ${placement}\n\n`);
  printFigures(figures);
}
