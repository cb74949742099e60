import { defineConfig } from 'vitest/config';
import { ON_DEMAND_TIERS, ON_DEMAND_VARIABLE, PURE_TIERS, SERVICE_TIERS } from './test/support/tiers.ts';

const named = (process.env[ON_DEMAND_VARIABLE] ?? '').split(',');
const onDemand = Object.keys(ON_DEMAND_TIERS).filter((tier) => named.includes(tier));

function filesOf(tiers: readonly string[]): string[] {
  return tiers.map((tier) => `test/${tier}/**/*.test.ts`);
}

export default defineConfig({
  test: {
    // Processes, not threads: a test may meet a crash, a signal or a native handle, and it stays its own.
    pool: 'forks',
    // Two cores; a third worker fills the waits for Postgres and Redis.
    maxWorkers: 3,
    // Against hangs alone: a machine that is busy elsewhere may be slow, and no test is about time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By itself a poll gives up after a second.
    expect: { poll: { timeout: 20_000 } },
    passWithNoTests: false,
    allowOnly: !process.env.CI,
    reporters: ['default', './test/support/counts-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'pure', include: filesOf(Object.keys(PURE_TIERS)) } },
      {
        extends: true,
        test: {
          name: 'services',
          include: filesOf([...Object.keys(SERVICE_TIERS), ...onDemand.filter((tier) => tier !== 'e2e')]),
          globalSetup: './test/support/global-setup.ts',
          // Files share nothing but imported code, and importing it anew for each of them is a third of all the work.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // A view is looked at four times, and a browser is slow on two busy cores.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // By itself a poll gives up after a second, which on such cores says nothing.
          expect: { poll: { timeout: 60_000 } },
          include: onDemand.includes('e2e') ? filesOf(['e2e']) : [],
          globalSetup: './test/e2e/support/global-setup.ts',
          isolate: false,
        },
      },
    ],
  },
});
