import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aborted, interruption } from '../stack/interruption.ts';
import { showFlow } from './flow.ts';
import { Load } from './load.ts';
import { type ProductionStack, startProductionStack } from './production-stack.ts';
import { HEADER, lineOf, problemsOf, type StepReport } from './report.ts';
import { WebhookCheck, webhookProblems } from './webhook-check.ts';

const HELP = `npm run production-demo -- [--quick]

Runs the system on this machine as in production: TLS on every port of the services and nginx, client certificates
between the services, two auth-servers, three introspection replicas, two gateways, nginx in front, Postgres with a
streaming standby, Redis with a replica and three Sentinels. Shows the main flow through nginx. Then, under steady
load, restarts every auth-server, introspection replica and gateway, kills the Redis primary (Sentinel promotes
the replica), stops the Postgres primary (the standby is promoted), and checks every response. An app with a webhook
verifies that it receives every event that is published meanwhile, at least once and signed.

Exits with 0 only if no call failed except in a failover, the failovers ended in time, no response was wrong (a token
active after a disconnect or refresh that had returned, an active token refused, a change rejected), and every
published event was received with a valid signature.

  --quick   two introspection replicas, one round of restarts: about 90 seconds
  --help    this text

nginx, openssl and redis-server are installed if they are missing (Debian, Ubuntu; as root or with passwordless
sudo). Everything listens on 127.0.0.1 at free ports; the services log to .stack/logs/production-demo.
`;

/** From the start of the first failed call in a failover until calls succeed again. */
const MAX_OUTAGE_MS = 20_000;
const STEADY_MS = 3_000;
const LOAD = { readers: 4, apps: 2, pauseMs: 20 };

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } });
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const interrupted = interruption();
try {
  process.exitCode = await run(options.quick ?? false);
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`${interrupted.aborted ? message : stack}\n`);
  process.exitCode = 1;
}
process.exit();

/** Returns the exit code. */
async function run(isQuick: boolean): Promise<number> {
  const startedAt = performance.now();
  print('Starting');
  await using started = new AsyncDisposableStack();
  const replicas = isQuick ? 2 : 3;
  const stack = await startProductionStack({ replicas, onProgress: (line) => print(`  ${line}`), interrupted });
  started.defer(() => stack.stop());
  print('\nThe flow, through nginx');
  await showFlow(stack, (line) => print(`  ${line}`));

  print('\nUnder load through nginx: calls to the API, and changes (installs, refreshes and disconnects).');
  print(
    `A call may fail only while a primary is replaced, for at most ${MAX_OUTAGE_MS / 1_000} s. No response may be wrong.\n`,
  );
  const load = new Load(stack, LOAD);
  await load.start();
  const webhooks = await WebhookCheck.start(stack);
  print(HEADER);
  const reports: StepReport[] = [];
  const step = async (name: string, work: () => Promise<unknown>, maxOutageMs = 0) => {
    interrupted.throwIfAborted();
    await Promise.race([work(), aborted(interrupted)]);
    const report = { name, tally: await load.take(maxOutageMs), maxOutageMs };
    reports.push(report);
    print(lineOf(report));
  };
  await runSteps(stack, step, isQuick ? 1 : 2);
  await load.stop();
  const webhookReport = await webhooks.stop();
  const { published, requests } = webhookReport;
  print(`\nWebhooks: ${published} events published, ${requests} requests received`);

  const problems = [...reports.flatMap(problemsOf), ...webhookProblems(webhookReport)];
  print('');
  for (const problem of problems) print(problem);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  print(problems.length === 0 ? `All as required, in ${seconds} s.` : `FAILED, after ${seconds} s.`);
  return problems.length === 0 ? 0 : 1;
}

type Step = (name: string, work: () => Promise<unknown>, maxOutageMs?: number) => Promise<void>;

async function runSteps(stack: ProductionStack, step: Step, rounds: number): Promise<void> {
  const steady = () => sleep(STEADY_MS);
  await step('no faults', steady);
  for (let round = 1; round <= rounds; round++) {
    for (const service of stack.services) await step(`restart of ${service.name}`, () => service.restart());
  }
  await step('Redis primary killed', () => stack.failOverRedis(), MAX_OUTAGE_MS);
  await step('after the failover of Redis', steady);
  await step('Postgres primary stopped', () => stack.failOverPostgres(), MAX_OUTAGE_MS);
  await step('after the failover of Postgres', steady);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
