/** `npm run soak`: runs the fault scenarios for as long as requested. */
import { parseArgs } from 'node:util';
import { SUITES } from '../../../test/fault/scenarios/suites.ts';
import { ensureRedisBinary } from '../../dependencies/redis.ts';
import { soak } from './soak.ts';

const HELP = `Usage: npm run soak -- [--minutes N] [--outage-seconds N] [--only text] [--seed N] [--list]

Runs the fault scenarios repeatedly, in random order, each under concurrent load on both gRPC ports of three replicas, and
checks every response. Ends with a summary; exits with 1 after any violation or defect, or if no scenario has run.

  --minutes N         no scenario begins after N minutes (30)
  --outage-seconds N  how long an outage lasts (60), unless its scenario takes a part of that or a fixed time; in outages of
                      five minutes, the clocks of the replicas are advanced by the rest
  --only text         only scenarios whose names contain the text
  --seed N            determines the order and the load; it is printed, so that a run can be repeated
  --list              prints all scenarios
  --help              this text

Suites of scenarios, each on its own cluster: ${Object.keys(SUITES).join(', ')}.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'outage-seconds': { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

function positive(option: 'minutes' | 'outage-seconds' | 'seed'): number {
  const value = Number(values[option]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${option} must be a number above 0, not "${values[option]}"`);
}

async function run(): Promise<never> {
  const options = {
    minutes: positive('minutes'),
    outageMs: positive('outage-seconds') * 1_000,
    only: values.only,
    seed: positive('seed'),
  };
  await ensureRedisBinary();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write(`stopping after this scenario; a second ${signal} exits at once\n`);
      stopping.abort();
    });
  }
  const isOk = await soak(options, stopping.signal);
  // Without this, Node 26 may not exit: its clean-up can run forever.
  process.exit(isOk ? 0 : 1);
}

try {
  const lists = Object.entries(SUITES).map(([name, { scenarios }]) => [name, ...Object.keys(scenarios)].join('\n  '));
  if (values.help) process.stdout.write(HELP);
  else if (values.list) process.stdout.write(`${lists.join('\n')}\n`);
  else await run();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\nSee npm run soak -- --help.\n`);
  process.exitCode = 1;
}
