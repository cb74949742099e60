/**
 * Installs programs that npm does not provide: Redis for the tests and the development stack, and on request those of the browser
 * tests and of the interop tests.
 */
import { parseArgs } from 'node:util';
import { ensureChromiumBinary } from './dependencies/chromium.ts';
import { ensureInteropPrograms } from './dependencies/interop-programs.ts';
import { ensureRedisBinary } from './dependencies/redis.ts';

const HELP = `Usage: node scripts/ensure-dependencies.ts [--chromium] [--interop]

Finds redis-server (or valkey-server) on the PATH. If it is missing, installs the
distribution's package on Debian or Ubuntu, as root or with passwordless sudo;
elsewhere fails and says what to install. Starts nothing.

  --chromium   the same for Chromium, for the browser tests
  --interop    the same for the programs of the interop tests
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
    if (options.interop) await ensureInteropPrograms();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
