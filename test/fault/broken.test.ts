import { expect, test } from 'vitest';
import { BROKEN, brokenRun } from './scenarios/broken-runs.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import { SUITES } from './scenarios/suites.ts';
import { clusterOf, survives } from './suite.ts';

const cluster = clusterOf(SUITES.provoked);

survives(SUITES.provoked, cluster);

test.each(BROKEN)('the same run with a broken protocol is caught: %s', { timeout: 120_000 }, async (broken) => {
  const { name, violationCount, violations } = await runScenario(cluster.current, brokenRun(broken), {
    seed: 1,
    outageMs: 0,
  });
  const [story = 'none'] = violations;
  console.log(`caught ${name}: ${violationCount} violations; the first:\n  ${story.replaceAll('\n', '\n  ')}`);
  expect(violations).not.toEqual([]);
});
