/**
 * Our gateway and the proxies of deploy/gateways under load while the replicas of introspection are restarted one by one, with
 * SIGTERM and with SIGKILL. Meanwhile tokens are issued and revoked, and every response is checked. Needs nginx
 * (scripts/ensure-dependencies.ts --interop); other proxies that are not installed are omitted.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Backend, startBackend } from '../interop/gateways/backend.ts';
import { isInstalled, NGINX, PROXIES, type RunningProxy, startProxy } from '../interop/gateways/proxies.ts';
import type { World } from '../support/world.ts';
import { type RunningGateway, startGateway } from '../unit/gateway/support/gateway.ts';
import { clusterOf } from './suite.ts';
import { ProxiedRequests } from './workload/proxied-requests.ts';

/** Minimum number of decided requests of each proxy. */
const REQUESTS = 4_000;
const LIMIT_MS = 240_000;

const cluster = clusterOf();
let world: World;
let backend: Backend;
/** URLs of the proxies that use all replicas, and of those that use only one. */
let replicated: string[];
let single: string[];
const running: (RunningProxy | RunningGateway)[] = [];

const addressesOf = (port: string) => cluster.current.replicas.map((replica) => replica.address(port));

beforeAll(async () => {
  world = await cluster.current.world().seed();
  backend = await startBackend();
  const start = async (program: typeof NGINX, INTROSPECTION: string) => {
    const proxy = await startProxy(program, { INTROSPECTION, BACKEND: backend.address });
    running.push(proxy);
    return `http://127.0.0.1:${proxy.port}`;
  };
  const { main, config, replicas } = cluster.current;
  const gateway = await startGateway({
    introspection: addressesOf('fastPort'),
    authServer: main.address('grpc'),
    serviceToken: config.tokens.gateway,
  });
  running.push(gateway);
  // The template of nginx has one `server` line, to which the others are added.
  replicated = [gateway.url, await start(NGINX, addressesOf('authz').join(' fail_timeout=1s; server '))];
  const others = PROXIES.filter((program) => program !== NGINX && isInstalled(program));
  single = await Promise.all(
    others.map((program, index) => start(program, addressesOf('authz')[index % replicas.length] as string)),
  );
}, LIMIT_MS);

afterAll(async () => {
  await Promise.all(running.map((proxy) => proxy.stop()));
  backend?.close();
});

test('no response is wrong, and requests that cannot be decided get 503', { timeout: LIMIT_MS }, async () => {
  const { replicas } = cluster.current;
  const loads = [...replicated, ...single].map((url) => new ProxiedRequests(url, world));
  const done = Promise.all(loads.map((load) => load.run(REQUESTS)));
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
  await done;
  for (const { wrong } of loads) expect(wrong).toEqual([]);
  for (const { decided, undecided } of loads.slice(0, replicated.length)) expect(undecided).toBeLessThan(decided / 10);
  for (const { undecided } of loads.slice(replicated.length)) expect(undecided).toBeGreaterThan(0);
});
