/** The tiers of tests: a folder each under test/, told apart by what a test in it needs and costs. */

/** Code alone: no server is started for them. */
export const PURE_TIERS = {
  unit: 'one module and its rules',
  property: 'rules that hold for any input (fast-check)',
  'unary-h2': 'the HTTP/2 server over streams in memory and on loopback, with clients of its own',
};

/** They share one Postgres and one Redis, started for the run. */
export const SERVICE_TIERS = {
  integration: 'stores and services over the real Postgres and Redis',
  wire: 'what is on the wire: gRPC, Connect, HTTP, byte for byte',
  race: 'parallel contenders for one code, one token, one revocation',
  interop: 'independent clients and peers of the protocols',
  security: 'what must be refused',
};

/** Slow, or in need of more than the others: they run when they are named. */
export const ON_DEMAND_TIERS = {
  e2e: 'a browser over the whole stack (needs Chromium)',
  fault: 'servers that hang, die and come back',
};

/** How scripts/test.ts tells vitest.config.ts which on-demand tiers were named: comma-separated. */
export const ON_DEMAND_VARIABLE = 'TEST_ON_DEMAND';
