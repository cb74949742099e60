/** `npm run soak:memory`: checks whether memory and connections stay flat under mixed load. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { interruption } from '../../stack/interruption.ts';
import { STACK_DIRECTORY } from '../../stack/stack-file.ts';
import { type Stack, startStack } from '../../stack/start-stack.ts';
import { MixedLoad } from './load.ts';
import { pictureOf, rowsOf, tableOf } from './report.ts';
import { type Sample, Sampler } from './sample.ts';

const PICTURE = join(STACK_DIRECTORY, 'soak-memory.svg');
const HELP = `Usage: npm run soak:memory -- [--minutes N] [--rate N] [--picture FILE]

Starts a stack with two introspection replicas, sends mixed load (v3 requests, unknown tokens, new connections, refreshes,
disconnects, installs) and prints the memory and connections of each process. Exits with 1 if memory or
connections grow, or after a wrong response.

  --minutes N     how long (default 30)
  --rate N        v3 requests per second (default 300)
  --picture FILE  where to write a chart of the memory, as SVG (default .stack/soak-memory.svg)
`;
const SAMPLES = 60;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '300' },
    picture: { type: 'string', default: PICTURE },
    help: { type: 'boolean', default: false },
  },
});
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
if (values.help || !(minutes > 0) || !(rate > 0)) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}
const interrupted = interruption();
const stack = await startStack({
  replicas: 2,
  logDirectory: join(STACK_DIRECTORY, 'logs/soak'),
  onProgress: (line) => process.stderr.write(`${line}\n`),
  interrupted,
});
try {
  process.exitCode = (await soak(stack)) ? 0 : 1;
} finally {
  await stack.stop();
}
process.exit();

async function soak(running: Stack): Promise<boolean> {
  const ended = new AbortController();
  const load = new MixedLoad(running.info);
  const done = load.run(rate, ended.signal);
  const sampler = new Sampler(running);
  const samples: Sample[] = [];
  while (samples.length < SAMPLES && !interrupted.aborted) {
    await wait((minutes * 60_000) / SAMPLES);
    samples.push(await sampler.read());
    const { allowed, refused, changes, wrong } = load.counts;
    process.stderr.write(
      `${samples.length}/${SAMPLES}  ${allowed} allowed, ${refused} refused, ${changes} changes, ${wrong} wrong\n`,
    );
  }
  ended.abort();
  await done;
  await sampler.close();
  const rows = rowsOf(samples);
  writeFileSync(values.picture, pictureOf(samples, rows));
  const { allowed, refused, changes, disconnects, wrong, example } = load.counts;
  process.stdout.write(`${tableOf(rows)}
${allowed + refused} v3 requests, ${changes} changes, ${disconnects} of them disconnects; ${wrong} wrong responses ${example}
Picture: ${values.picture}
`);
  return wrong === 0 && rows.every(({ isFlat }) => isFlat);
}
