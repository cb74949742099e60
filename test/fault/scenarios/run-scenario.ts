import { checkDimension, explain, type Promised } from '../checker/checker.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { LoadContext } from '../workload/load-context.ts';
import { finalChecks } from './final-checks.ts';
import { type RunOptions, type Scenario, startRun } from './run.ts';

export type Report = Awaited<ReturnType<typeof runScenario>>;

const MAX_EXPLAINED = 5;

/** Runs a scenario on a healthy cluster and leaves it healthy. */
export async function runScenario(cluster: Cluster, name: string, scenario: Scenario, options: RunOptions) {
  const startedAt = performance.now();
  await using run = await startRun(cluster, options, scenario);
  const fencesFailed = () => cluster.authServers.reduce((sum, node) => sum + node.fencesFailed, 0);
  const failedBefore = fencesFailed();
  await run.underLoad(() => scenario.inject(run));
  const defects = await finalChecks(run);
  // B does not hold for changes without a fence.
  const promised: Promised = fencesFailed() > failedBefore ? 'A' : (scenario.promised ?? 'A and B');
  const dimensions = run.tenants.flatMap((tenant) => tenant.dimensions);
  const violations = dimensions.flatMap((dimension) => checkDimension(dimension, promised));
  const clientDefects = run.clients.flatMap((client) => client.defects);
  return {
    name,
    seconds: (performance.now() - startedAt) / 1_000,
    responses: run.load.responses,
    unavailable: run.load.failures.length,
    changes: run.counts,
    faults: run.faults,
    promised,
    violationCount: violations.length,
    /** The first violations of A and B, and unexplained responses. */
    violations: violations.slice(0, MAX_EXPLAINED).map((violation) => explain(violation)),
    /** What the scenario, the workers and the final checks have found, and unexpected errors. */
    defects: [...new Set([...run.defects, ...defects, ...clientDefects])],
  };
}

export function printReport(report: Report): void {
  const { name, seconds, responses, unavailable, changes, faults, promised, violationCount, violations, defects } =
    report;
  const isOk = violations.length === 0 && defects.length === 0;
  console.log(
    [
      `${isOk ? 'ok    ' : 'FAILED'} ${name}: ${faults} faults`,
      `${responses} responses (${unavailable} unavailable)`,
      `changes ${describeCounts(changes)}`,
      `${violationCount} violations (${promised} promised), ${defects.length} defects`,
      `${seconds.toFixed(1)} s`,
    ].join('; '),
  );
  for (const text of [...violations, ...defects]) console.log(`  ${text.replaceAll('\n', '\n  ')}`);
}

export const describeCounts = ({ acknowledged, refused, pending, unknown }: LoadContext['counts']): string =>
  `${acknowledged} acknowledged, ${refused} refused, ${pending} pending, ${unknown} unknown`;
