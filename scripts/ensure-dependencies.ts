/**
 * Makes sure that the programs are here which tests and the development stack start
 * and npm does not carry. Postgres needs nothing: npm has brought it.
 */
import { parseArgs } from 'node:util';
import { ensureChromiumBinary } from './dependencies/chromium.ts';
import { ensureInteropClients } from './dependencies/interop-clients.ts';
import { ensureRedisBinary } from './dependencies/redis.ts';

const HELP = `Usage: node scripts/ensure-dependencies.ts [--chromium] [--interop]

Finds redis-server (or valkey-server) on the PATH. Where it is missing on Debian or
Ubuntu, as root or with a sudo that asks nothing, installs the distribution's package;
elsewhere says in one line what to install. Starts nothing.

  --chromium   the same for Chromium, which the browser tests drive
  --interop    the same for the programs of others that the interop tests use
  --help       this text
`;

const { values: options } = parseArgs({
  options: { chromium: { type: 'boolean' }, interop: { type: 'boolean' }, help: { type: 'boolean' } },
});

if (options.help) {
  process.stdout.write(HELP);
} else {
  try {
    await ensureRedisBinary();
    if (options.chromium) await ensureChromiumBinary();
    if (options.interop) await ensureInteropClients();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
