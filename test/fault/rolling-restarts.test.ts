/**
 * nginx and our gateway under load while the replicas of introspection are restarted one by one, orderly and by SIGKILL.
 * Meanwhile tokens are issued and revoked, and every response is checked. Needs nginx (scripts/ensure-dependencies.ts --interop).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Backend, startBackend } from '../interop/gateways/backend.ts';
import { NGINX, type RunningProxy, startProxy } from '../interop/gateways/proxies.ts';
import type { World } from '../support/world.ts';
import { type RunningGateway, startGateway } from '../unit/gateway/support/gateway.ts';
import { clusterOf } from './suite.ts';
import { ProxiedRequests } from './workload/proxied-requests.ts';

const REQUESTS = 10_000;
const LIMIT_MS = 240_000;

const cluster = clusterOf();
let world: World;
let backend: Backend;
let nginx: RunningProxy;
let gateway: RunningGateway;

const addressesOf = (port: string) => cluster.current.replicas.map((replica) => replica.address(port));

beforeAll(async () => {
  world = await cluster.current.world().seed();
  backend = await startBackend();
  // The template has one `server` line, to which the others are added.
  const INTROSPECTION = addressesOf('authz').join(' fail_timeout=1s; server ');
  nginx = await startProxy(NGINX, { INTROSPECTION, BACKEND: backend.address });
  const { main, config } = cluster.current;
  gateway = await startGateway({
    introspection: addressesOf('fastPort'),
    authServer: main.address('grpc'),
    serviceToken: config.tokens.gateway,
  });
}, LIMIT_MS);

afterAll(async () => {
  await gateway?.stop();
  await nginx?.stop();
  backend?.close();
});

test('no response is wrong, and requests that cannot be decided get 503', { timeout: LIMIT_MS }, async () => {
  const { replicas } = cluster.current;
  const loads = [gateway.url, `http://127.0.0.1:${nginx.port}`].map((url) => new ProxiedRequests(url, world));
  const running = loads.map((load) => load.run(REQUESTS));
  const restarts = (['SIGTERM', 'SIGKILL'] as const).flatMap((signal) =>
    replicas.map((replica) => ({ replica, signal })),
  );
  for (const [index, { replica, signal }] of restarts.entries()) {
    const before = (REQUESTS / (restarts.length + 1)) * (index + 1);
    await expect
      .poll(() => Math.min(...loads.map(({ decided }) => decided)), { timeout: LIMIT_MS })
      .toBeGreaterThan(before);
    await replica.kill(signal);
    await replica.start();
  }
  await Promise.all(running);
  for (const { decided, undecided, wrong } of loads) {
    expect(wrong).toEqual([]);
    expect(undecided).toBeLessThan(decided / 10);
  }
});
