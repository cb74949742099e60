import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from './cluster/cluster.ts';
import { printReport, runScenario } from './scenarios/run-scenario.ts';
import { SUITES } from './scenarios/suites.ts';

/** Short outages; `npm run soak` has realistic ones. */
const OUTAGE_MS = 6_000;
const LIMIT_MS = 240_000;
/** Fewer mean that the load was not running. */
const MIN_RESPONSES = 20;
const MIN_CHANGES = 10;

/** The cluster of a test file. The tests run one after another, and each leaves the cluster healthy. */
export function clusterOf(options: ClusterOptions = {}): { readonly current: Cluster } {
  const holder: { current?: Cluster } = {};
  beforeAll(async () => {
    holder.current = await startCluster(options);
  }, LIMIT_MS);
  afterAll(() => holder.current?.[Symbol.asyncDispose](), LIMIT_MS);
  return holder as { readonly current: Cluster };
}

/** Tests that the guarantees hold in each scenario of a suite. */
export function testSuite(name: keyof typeof SUITES): { readonly current: Cluster } {
  const cluster = clusterOf(SUITES[name].cluster);
  const scenarios = Object.entries(SUITES[name].scenarios);
  test.each(scenarios)('keeps its guarantees: %s', { timeout: LIMIT_MS }, async (scenarioName, scenario) => {
    const seed = Date.now() % 1_000_000;
    const report = await runScenario(cluster.current, scenarioName, scenario, { seed, outageMs: OUTAGE_MS });
    printReport(report);
    expect(report.violations).toEqual([]);
    expect(report.defects).toEqual([]);
    expect(report.responses).toBeGreaterThan(MIN_RESPONSES);
    expect(report.changes.acknowledged).toBeGreaterThan(MIN_CHANGES);
    expect(report.faults).toBeGreaterThan(0);
    expect(report.unavailable).toBeLessThan(report.responses);
  });
  return cluster;
}
