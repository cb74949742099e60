import { expect, test } from 'vitest';
import { brokenRuns } from './scenarios/forced-orders.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import { testSuite } from './suite.ts';

const cluster = testSuite('forcedOrders');

test.each(Object.entries(brokenRuns))('catches a broken variant: %s', { timeout: 120_000 }, async (name, scenario) => {
  const options = { seed: 1, outageMs: 0 };
  const { violationCount, violations } = await runScenario(cluster.current, name, scenario, options);
  const [first = 'none'] = violations;
  console.log(`caught ${name}: ${violationCount} violations; the first:\n  ${first.replaceAll('\n', '\n  ')}`);
  expect(violations).not.toEqual([]);
});
