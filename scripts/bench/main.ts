import { cpus } from 'node:os';
import { startStack } from '../stack/start-stack.ts';
import { printFigures } from './figures.ts';
import { revokeToDeny } from './revoke-to-deny.ts';

const HELP = `npm run bench

Measures on a stack of its own and prints a table, then one JSON line for each figure:
{"name", "value", "unit", "baseline", "ratio"}. Read ratios, not absolute numbers.
`;
const REPLICAS = 3;

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const progress = (line: string) => process.stderr.write(`${line}\n`);
const stack = await startStack({ replicas: REPLICAS, onProgress: progress });
try {
  progress('revoke to deny …');
  const [cpu] = cpus();
  process.stdout.write(`${cpus().length} cores, ${cpu?.model ?? 'unknown'}, Node ${process.version}\n\n`);
  printFigures(await revokeToDeny(stack.info));
} finally {
  await stack.stop();
}
