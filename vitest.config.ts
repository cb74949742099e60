import { defineConfig } from 'vitest/config';
import { type ON_DEMAND_TIERS, ON_DEMAND_VARIABLE, PURE_TIERS, SERVICE_TIERS } from './test/support/tiers.ts';

const named = (process.env[ON_DEMAND_VARIABLE] ?? '').split(',');

function filesOf(tiers: readonly string[]): string[] {
  return tiers.map((tier) => `test/${tier}/**/*.test.ts`);
}

/** The files of an on-demand tier, if it is named. */
const filesIfNamed = (tier: keyof typeof ON_DEMAND_TIERS) => (named.includes(tier) ? filesOf([tier]) : []);

export default defineConfig({
  test: {
    // Processes, not threads: a crash, a signal or a native handle in one of them does not affect the tests in the others.
    pool: 'forks',
    // For two cores: the third worker uses them while other tests wait for Postgres or Redis.
    maxWorkers: 3,
    // Only to end tests that hang. Long, because a busy machine may be slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default, a poll fails after a second.
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
          include: filesOf(Object.keys(SERVICE_TIERS)),
          globalSetup: './test/support/global-setup.ts',
          // Files share only the code that they import, and importing it again for each file would be a third of all work.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'fault',
          include: filesIfNamed('fault'),
          globalSetup: './test/support/global-setup.ts',
          isolate: false,
          // One cluster after another: a dozen busy processes each, which would time out if they had to wait long for two cores.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // A test of a view checks it at two widths in two themes, and a browser is slow on two busy cores.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          include: filesIfNamed('e2e'),
          globalSetup: './test/e2e/support/global-setup.ts',
          isolate: false,
        },
      },
    ],
  },
});
