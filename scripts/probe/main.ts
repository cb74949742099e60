import { MetricsServer } from '#common/process/metrics-server.ts';
import { interruption } from '../stack/interruption.ts';
import { findRunningStack } from '../stack/stack-file.ts';
import { ProbeMetrics } from './metrics.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { type RoundReporter, runRounds } from './run-rounds.ts';
import { tableOf } from './table.ts';
import { serverTarget, stackTarget, type Target } from './target.ts';

const VIOLATION = 1;
const NOT_MEASURED = 2;

process.exit(await main());

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options !== undefined) return await probe(options);
    process.stdout.write(HELP);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return NOT_MEASURED;
  }
}

async function probe(options: Options): Promise<number> {
  const interrupted = interruption();
  const metrics = new ProbeMetrics();
  const metricsServer = new MetricsServer(metrics.metrics);
  await metricsServer.start(options.metricsHost, options.metricsPort);
  const target = await openTarget(options);
  try {
    await runRounds(target, options, reporterTo(metrics), interrupted);
  } finally {
    // A failure must not replace the exit code of a violation.
    await target.source.close().catch((error: Error) => process.stderr.write(`clean-up failed: ${error.message}\n`));
  }
  if (metrics.violations > 0) return VIOLATION;
  return metrics.failures > 0 ? NOT_MEASURED : 0;
}

async function openTarget({ server }: Options): Promise<Target> {
  if (server !== undefined) return serverTarget(server, process.env);
  const stack = await findRunningStack();
  if (stack === undefined)
    throw new Error('No stack is running. Run npm start, or name a server with --issuer (see --help)');
  return stackTarget(stack);
}

/** Counts each round and prints it. */
function reporterTo(metrics: ProbeMetrics): RoundReporter {
  const now = () => new Date().toISOString();
  return {
    measured(result) {
      metrics.measured(result);
      process.stdout.write(`${now()}\n${tableOf(result)}\n`);
    },
    failed(error) {
      metrics.failed();
      process.stderr.write(`${now()} nothing was measured: ${error.message}\n`);
    },
  };
}
