/** `npm run soak`: the fault scenarios for as long as one likes. */
import { ensureRedisBinary } from '../../../scripts/services/redis.ts';
import { SUITES } from '../scenarios/suites.ts';
import { HELP, readOptions, type SoakOptions } from './options.ts';
import { soak } from './soak.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.wants === 'run') await run(options);
  else process.stdout.write(options.wants === 'help' ? HELP : listOfScenarios());
} catch (error) {
  process.stderr.write(`${(error as Error).message}\nnpm run soak -- --help explains.\n`);
  process.exitCode = 1;
}

function listOfScenarios(): string {
  return Object.entries(SUITES)
    .map(([name, { scenarios }]) => `${name}\n${scenarios.map((scenario) => `  ${scenario.name}\n`).join('')}`)
    .join('');
}

async function run(options: SoakOptions): Promise<never> {
  await ensureRedisBinary();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write('stopping after this scenario; once more ends at once\n');
      stopping.abort();
    });
  }
  const summary = await soak(options, stopping.signal);
  process.stdout.write(`\n${summary.inWords()}\n`);
  // At once: left to end by itself, Node 26 may spin in its own clean-up for as long as it is let.
  process.exit(summary.isFine ? 0 : 1);
}
