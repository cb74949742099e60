/** One auth-server connects to a standby, as after a failover that made the old primary a standby. */
import { beforeAll, expect, test } from 'vitest';
import { expectStatus, type World } from '../support/world.ts';
import type { AuthServerNode, ReplicaNode } from './cluster/nodes.ts';
import { clusterOf } from './suite.ts';

const LIMIT_MS = 120_000;
const POLL = { timeout: 30_000, interval: 50 };
const TIMES = 20;
const UNAVAILABLE = 14;

const cluster = clusterOf();
/** The API of the auth-server at the primary, and of the one at the standby. */
let atPrimary: World;
let atStandby: World;
/** Installed before the failover, and not cached. */
let install: { readonly token: string; readonly id: string };

beforeAll(async () => {
  const { postgres, authServers } = cluster.current;
  const [main, other] = authServers as [AuthServerNode, AuthServerNode];
  atPrimary = await cluster.current.world(main).seed();
  atStandby = cluster.current.world(other);
  const app = await atPrimary.registerApp();
  const { access_token: token } = await atPrimary.install(app);
  install = { token, id: await atPrimary.installId(app) };

  await postgres.addStandby();
  await postgres.failOver();
  connect(main, postgres.port());
  await postgres.addStandby();
  connect(other, postgres.standbyPort());
  await postgres.freezeStandby();
}, LIMIT_MS);

function connect({ postgres }: AuthServerNode, port: number): void {
  postgres.switchTo(port);
  postgres.cut();
}

const readiness = async (world: World) => (await world.http('GET', '/readyz')).status;

test('auth-server is not ready if it reaches only a standby', async () => {
  await expect.poll(() => readiness(atStandby), POLL).toBe(503);
  await expect.poll(() => readiness(atPrimary), POLL).toBe(200);
});

test('auth-server returns 503 for a change if it reaches only a standby', async () => {
  const { status, headers } = await atStandby.disconnect(install.id);
  expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '1' });
});

test('auth-server reads no token state from a standby, so that a disconnect at the primary holds', async () => {
  const [replica, ...others] = cluster.current.replicas as [ReplicaNode, ...ReplicaNode[]];
  replica.authServer.switchTo((cluster.current.authServers[1] as AuthServerNode).internalPort);
  replica.authServer.cut();
  const early = await replica.introspect(install.token).catch((error) => error);
  expectStatus(204, await atPrimary.disconnect(install.id));
  let active = 0;
  for (let time = 0; time < TIMES; time++) {
    const responses = await Promise.allSettled([replica, ...others].map((each) => each.introspect(install.token)));
    active += responses.filter((response) => response.status === 'fulfilled' && response.value.active).length;
  }
  expect(active).toBe(0);
  expect(early).toMatchObject({ code: UNAVAILABLE });
  for (const other of others) expect(await other.introspect(install.token)).toMatchObject({ active: false });
});
