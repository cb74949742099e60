/** The tiers of tests: a folder each in test/, by what their tests need and cost. */

/** They need neither Postgres nor Redis. */
export const PURE_TIERS = {
  unit: 'one module and its rules',
  property: 'rules that hold for any input (fast-check)',
  'unary-h2': 'the HTTP/2 server over streams in memory and on loopback, with its own clients',
};

/** They share one Postgres and one Redis. */
export const SERVICE_TIERS = {
  integration: 'stores and services over the real Postgres and Redis',
  wire: 'the protocols on the wire: gRPC, Connect, HTTP',
  race: 'concurrent use of one code, one token, one revocation',
  interop: 'independent clients and peers of the protocols',
  security: 'what must be refused',
};

/** Slow, or with more dependencies: they run only when they are named. */
export const ON_DEMAND_TIERS = {
  e2e: 'a browser over the whole stack (needs Chromium)',
  fault: 'servers that hang, exit and restart',
};

/** Set by scripts/test.ts for vitest.config.ts: the named on-demand tiers, comma-separated. */
export const ON_DEMAND_VARIABLE = 'TEST_ON_DEMAND';

/** Set by scripts/compatibility: the migration command of another commit, which migrates the database before this one does. */
export const MIGRATE_FIRST_VARIABLE = 'TEST_MIGRATE_FIRST';
