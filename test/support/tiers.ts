/** The tiers of tests: a folder each in test/, by what their tests need and cost. */

/** They need neither Postgres nor Redis. */
export const PURE_TIERS = {
  unit: 'one module and its rules',
  property: 'rules that hold for any input (fast-check)',
  'unary-h2': 'the HTTP/2 server over streams in memory and on loopback, with several clients',
};

/** They share one Postgres and one Redis. */
export const SERVICE_TIERS = {
  integration: 'stores and services over the real Postgres and Redis',
  wire: 'the protocols on the wire: gRPC, Connect, HTTP',
  race: 'concurrent requests and jobs for the same code, token, install, app or webhook',
  interop: 'independent clients and peers of the protocols',
  security: 'what must be refused',
};

/** Slow, or with more dependencies: they run only when they are named, or with --all. */
export const ON_DEMAND_TIERS = {
  e2e: 'a browser over the whole stack (needs Chromium)',
  fault: 'servers that hang, exit and restart',
};

/** Set by scripts/test.ts for vitest.config.ts: the on-demand tiers to run, comma-separated. */
export const ON_DEMAND_VARIABLE = 'TEST_ON_DEMAND';

/** Set by scripts/compatibility: the path of a later release's migrate.ts, which runs before the migrations of this one. */
export const MIGRATE_FIRST_VARIABLE = 'TEST_MIGRATE_FIRST';
