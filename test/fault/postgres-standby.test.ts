/** Postgres has failed over, the old primary is back as a standby, and one auth-server still has its address. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Standby, startStandby } from '../support/standby.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, type World } from '../support/world.ts';
import type { AuthNode } from './harness/auth-node.ts';
import { worldOf } from './harness/cluster-world.ts';
import type { ReplicaNode } from './harness/replica-node.ts';
import { clusterOf } from './suite.ts';

const LIMIT_MS = 120_000;
const PATIENCE = { timeout: 30_000, interval: 50 };
const ASKED = 20;
const UNAVAILABLE = 14;

const cluster = clusterOf({ cluster: { authServers: 2 }, scenarios: [] });
const servers: Standby[] = [];
/** As the users of the auth-server at the primary, and of the one at the standby. */
let atPrimary: World;
let atStandby: World;
/** Installed before the failover, and in no cache. */
let install: { token: string; refreshToken: string; installId: string };

beforeAll(async () => {
  const { postgres: first, authServers } = cluster.current;
  const [main, other] = authServers as [AuthNode, AuthNode];
  [atPrimary, atStandby] = [await worldOf(cluster.current, main).seed(), worldOf(cluster.current, other)];
  const app = await atPrimary.registerApp();
  const pair = await atPrimary.install(app);
  const installId = await atPrimary.installId(app);
  install = { token: pair.access_token, refreshToken: pair.refresh_token, installId };

  const second = await startStandby(first);
  servers.push(second);
  await first.stop();
  await second.promote();
  lead(main, second);
  const returned = await startStandby(second);
  servers.push(returned);
  lead(other, returned);
  // From here on the standby knows only the past.
  const tables = new Tables(returned.url);
  await tables.rows('SELECT pg_wal_replay_pause()').finally(() => tables.close());
}, LIMIT_MS);
afterAll(async () => {
  for (const server of servers) await server.stop();
}, LIMIT_MS);

function lead({ postgres }: AuthNode, { url }: Standby): void {
  postgres.switchTo(Number(new URL(url).port));
  postgres.cut();
}

const readiness = async (world: World) => (await world.http('GET', '/readyz')).status;

/** The first replica asks the auth-server at the standby. */
function askTheStandby(): ReplicaNode {
  const [replica] = cluster.current.replicas as [ReplicaNode];
  replica.authServer.switchTo((cluster.current.authServers[1] as AuthNode).internalPort);
  replica.authServer.cut();
  return replica;
}

test('a server that reaches only a standby is not ready', async () => {
  await expect.poll(() => readiness(atStandby), PATIENCE).toBe(503);
  await expect.poll(() => readiness(atPrimary), PATIENCE).toBe(200);
});

test('a change at a server that reaches only a standby is an outage, and may be tried again', async () => {
  const { status, headers } = await atStandby.disconnect(install.installId);
  expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '1' });
});

test('a standby gives no answers, and a disconnect at the primary holds', async () => {
  const [, ...others] = cluster.current.replicas;
  const replica = askTheStandby();
  const early = await replica.introspect(install.token).catch((error) => error);
  expectStatus(204, await atPrimary.disconnect(install.installId));
  let active = 0;
  for (let time = 0; time < ASKED; time++) {
    const answers = await Promise.allSettled([replica, ...others].map((each) => each.introspect(install.token)));
    active += answers.filter((answer) => answer.status === 'fulfilled' && answer.value.active).length;
  }
  expect(active).toBe(0);
  expect(early).toMatchObject({ code: UNAVAILABLE });
  for (const other of others) expect(await other.introspect(install.token)).toMatchObject({ active: false });
});
