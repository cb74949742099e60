/**
 * Sends the run's counts to scripts/test.ts, which prints them after vitest has exited. Printed here, they could mix with
 * vitest's summary.
 */
import type { Reporter, TestModule } from 'vitest/node';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const { state } = test.result();
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
    process.send?.(counts);
  }
}
