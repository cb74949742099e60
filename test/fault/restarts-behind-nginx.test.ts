/**
 * Every process of auth-server, introspection and the gateway is restarted with SIGTERM behind nginx, in a production-like
 * system: no call fails and no response is wrong.
 * Needs nginx (scripts/ensure-dependencies.ts --interop).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Load } from '../../scripts/production-demo/load.ts';
import { type ProductionStack, startProductionStack } from '../../scripts/production-demo/production-stack.ts';

const LIMIT_MS = 240_000;
const ROUNDS = 2;

let stack: ProductionStack;
let load: Load;

beforeAll(async () => {
  stack = await startProductionStack({ replicas: 2, onProgress: () => {} });
  load = new Load(stack, { readers: 2, apps: 8, pauseMs: 1 });
  await load.start();
}, LIMIT_MS);

afterAll(async () => {
  await load?.stop();
  await stack?.stop();
}, LIMIT_MS);

test.each(['auth-server', 'introspection', 'gateway'])(
  'no call fails during a restart of %s',
  async (name) => {
    const processes = stack.services.filter((service) => service.name.startsWith(name));
    await load.take(); // resets the counts
    for (let round = 0; round < ROUNDS; round++) for (const each of processes) await each.restart();
    const { calls, failed, wrong, firstFailure } = await load.take();
    expect({ failed, wrong, firstFailure }, stack.proxyErrors().join('\n')).toEqual({
      failed: { api: 0, change: 0 },
      wrong: [],
      firstFailure: undefined,
    });
    expect(Math.min(calls.api, calls.change)).toBeGreaterThan(100);
  },
  LIMIT_MS,
);
