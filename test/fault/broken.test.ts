import { expect, test } from 'vitest';
import { BROKEN, brokenRun } from './scenarios/broken-runs.ts';
import { provocations } from './scenarios/provocations.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import { clusterOf, survives } from './suite.ts';

// A read is held back for longer than replicas wait in production.
const cluster = clusterOf({ authServers: 3, authServerTimeoutMs: 15_000 });

survives(cluster, provocations);

test.each(BROKEN)('the same run with a broken protocol is caught: %s', { timeout: 120_000 }, async (broken) => {
  const { name, violationCount, violations } = await runScenario(cluster.current, brokenRun(broken), {
    seed: 1,
    outageMs: 0,
  });
  const [story = 'none'] = violations;
  console.log(`caught ${name}: ${violationCount} violations; the first:\n  ${story.replaceAll('\n', '\n  ')}`);
  expect(violations).not.toEqual([]);
});
