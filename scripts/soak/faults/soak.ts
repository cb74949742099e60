import { startCluster } from '../../../test/fault/cluster/cluster.ts';
import { describeCounts, printReport, type Report, runScenario } from '../../../test/fault/scenarios/run-scenario.ts';
import { SUITES, type Suite } from '../../../test/fault/scenarios/suites.ts';
import { Random } from '../../../test/support/random.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly outageMs: number;
  /** Runs only scenarios whose names contain this text. */
  readonly only: string;
  readonly seed: number;
}

/** Runs suites, each on a new cluster, until the time is over or `stopping` aborts. False if a run failed or there was none. */
export async function soak({ minutes, outageMs, only, seed }: SoakOptions, stopping: AbortSignal): Promise<boolean> {
  const random = new Random(seed);
  const suites = selectSuites(only);
  if (suites.length === 0) throw new Error(`no scenario has "${only}" in its name; --list prints all`);
  const reports: Report[] = [];
  const deadline = performance.now() + minutes * 60_000;
  // Unless it is stopped, at least one scenario runs, even if the time is over.
  const isOver = () => stopping.aborted || (performance.now() >= deadline && reports.length > 0);
  console.log(`seed ${seed}, ${minutes} minutes, outages of ${outageMs / 1_000} s`);
  while (!isOver()) {
    for (const suite of random.shuffle(suites)) {
      if (isOver()) break;
      await using cluster = await startCluster(suite.cluster);
      for (const [name, scenario] of random.shuffle(Object.entries(suite.scenarios))) {
        if (isOver()) break;
        const report = await runScenario(cluster, name, scenario, { seed: random.below(2 ** 31), outageMs });
        printReport(report);
        reports.push(report);
      }
    }
  }
  const failed = reports.filter(({ violationCount, defects }) => violationCount > 0 || defects.length > 0);
  const isOk = reports.length > 0 && failed.length === 0;
  const failedNames = [...new Set(failed.map(({ name }) => name))].join('; ') || 'nothing has run';
  console.log(`\n${summary(reports)}\n${isOk ? 'OK' : `FAILED: ${failedNames}`}`);
  return isOk;
}

function selectSuites(only: string): Suite[] {
  return Object.values<Suite>(SUITES)
    .map(({ cluster, scenarios }) => {
      const selected = Object.entries(scenarios).filter(([name]) => name.includes(only));
      return { cluster, scenarios: Object.fromEntries(selected) };
    })
    .filter(({ scenarios }) => Object.keys(scenarios).length > 0);
}

function summary(reports: readonly Report[]): string {
  const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0);
  const changes = {
    acknowledged: sum((report) => report.changes.acknowledged),
    refused: sum((report) => report.changes.refused),
    pending: sum((report) => report.changes.pending),
    unknown: sum((report) => report.changes.unknown),
  };
  const scenarios = new Set(reports.map(({ name }) => name)).size;
  const minutes = (sum(({ seconds }) => seconds) / 60).toFixed(1);
  return [
    `${reports.length} runs of ${scenarios} scenarios in ${minutes} minutes, ${sum(({ faults }) => faults)} faults`,
    `${sum(({ responses }) => responses)} responses, ${sum(({ unavailable }) => unavailable)} unavailable`,
    `changes: ${describeCounts(changes)}`,
    `${sum(({ violationCount }) => violationCount)} violations, ${sum(({ defects }) => defects.length)} defects`,
  ].join('\n');
}
