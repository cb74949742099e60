import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { printReport } from './scenarios/print-report.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import type { Suite } from './scenarios/suites.ts';

/** Short in CI; `npm run soak` takes its time. */
const OUTAGE_MS = 6_000;
const LIMIT_MS = 240_000;
/** What a busy run does many times over. */
const FEWEST_ANSWERS = 20;
const FEWEST_CHANGES = 10;

/** A cluster for the tests of a file, which run one after another: each leaves it whole. */
export function clusterOf({ cluster }: Suite): { readonly current: Cluster } {
  const held: { current?: Cluster } = {};
  beforeAll(async () => {
    held.current = await Cluster.start(cluster);
  }, LIMIT_MS);
  afterAll(() => held.current?.[Symbol.asyncDispose](), LIMIT_MS);
  return held as { readonly current: Cluster };
}

/** Each scenario of a suite is survived: no violation, no defect, and it was a busy time. */
export function survives(suite: Suite, cluster = clusterOf(suite)): void {
  test.each(suite.scenarios)('no answer is outrun: $name', { timeout: LIMIT_MS }, async (scenario) => {
    const seed = Date.now() % 1_000_000;
    const report = await runScenario(cluster.current, scenario, { seed, outageMs: OUTAGE_MS });
    printReport(report);
    expect(report.violations).toEqual([]);
    expect(report.defects).toEqual([]);
    expect(report.answers).toBeGreaterThan(FEWEST_ANSWERS);
    expect(report.changes.acknowledged).toBeGreaterThan(FEWEST_CHANGES);
    expect(report.faults).toBeGreaterThan(0);
    expect(report.unavailable).toBeLessThan(report.answers);
  });
}
