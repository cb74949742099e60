import { expect, test } from 'vitest';
import { brokenRuns } from './scenarios/forced-orders.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import { testSuite } from './suite.ts';

const cluster = testSuite('forcedOrders');

test.each(Object.entries(brokenRuns))('detects a broken variant: %s', { timeout: 120_000 }, async (name, scenario) => {
  const { violations } = await runScenario(cluster.current, name, scenario, { seed: 1, outageMs: 0 });
  console.log(`${name}: ${violations.length} violations\n  ${violations[0]?.replaceAll('\n', '\n  ') ?? ''}`);
  expect(violations).not.toEqual([]);
});
