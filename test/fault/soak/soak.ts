import { Cluster } from '../harness/cluster.ts';
import { Random } from '../harness/random.ts';
import { printReport } from '../scenarios/print-report.ts';
import { runScenario } from '../scenarios/run-scenario.ts';
import { SUITES, type Suite } from '../scenarios/suites.ts';
import type { SoakOptions } from './options.ts';
import { Summary } from './summary.ts';

/** Runs suites one after another, each on a new cluster, until the time is over or `stopping` says so. */
export async function soak(options: SoakOptions, stopping: AbortSignal): Promise<Summary> {
  const random = new Random(options.seed);
  const summary = new Summary();
  const suites = chosen(options.only);
  if (suites.length === 0) throw new Error(`no scenario has "${options.only}" in its name; --list names them all`);
  const deadline = performance.now() + options.minutes * 60_000;
  // The first one runs in any case: a soak that has done nothing has shown nothing.
  const goesOn = () => (performance.now() < deadline || summary.isEmpty) && !stopping.aborted;
  console.log(`seed ${options.seed}, ${options.minutes} minutes, outages of ${options.outageMs / 1_000} s`);
  while (goesOn()) {
    for (const { cluster: clusterOptions, scenarios } of shuffled(suites, random)) {
      if (!goesOn()) break;
      await using cluster = await Cluster.start(clusterOptions);
      for (const scenario of shuffled(scenarios, random)) {
        if (!goesOn()) break;
        const seed = random.below(2 ** 31);
        const report = await runScenario(cluster, scenario, { seed, outageMs: options.outageMs });
        printReport(report);
        summary.add(report);
      }
    }
  }
  return summary;
}

/** The suites with the scenarios that were asked for. */
function chosen(only: string): Suite[] {
  return Object.values<Suite>(SUITES)
    .map((suite) => ({ ...suite, scenarios: suite.scenarios.filter(({ name }) => name.includes(only)) }))
    .filter(({ scenarios }) => scenarios.length > 0);
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
