/** An auth-server is killed during a refresh: every repeat returns the same pair, from any server. */
import { beforeAll, expect, test } from 'vitest';
import { CHANGE_STEPS } from '../../services/auth-server/store/authority/change-protocol.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, type World } from '../support/world.ts';
import type { AuthServerNode } from './cluster/nodes.ts';
import { clusterOf } from './suite.ts';

const LIMIT_MS = 60_000;
const TIMES = 5;

const cluster = clusterOf();
let node: AuthServerNode;
let victim: World;
let other: World;

beforeAll(async () => {
  node = cluster.current.authServers[1] as AuthServerNode;
  victim = cluster.current.world(node);
  other = await cluster.current.world(cluster.current.main).seed();
}, LIMIT_MS);

/** At `begun` the refresh has not changed anything yet. */
const STEPS = CHANGE_STEPS.filter((step) => step !== 'begun');

test.each(STEPS)('returns the same pair at both servers after a kill at %s', { timeout: LIMIT_MS }, async (step) => {
  const app = await other.registerApp();
  const old = await other.install(app);
  expect(await cluster.current.activeResponses(old.access_token, TIMES)).toBeGreaterThan(0);
  const killed = node.arm(step, 'kill');
  await expect(victim.refresh(app, old.refresh_token)).rejects.toThrow();
  await killed;
  await node.exited();

  const { access_token, refresh_token } = expectStatus(200, await other.refresh(app, old.refresh_token)).body;
  expect(await cluster.current.activeResponses(old.access_token, TIMES)).toBe(0);
  expect(await cluster.current.activeResponses(access_token, TIMES)).toBe(TIMES * cluster.current.replicas.length);
  await node.start();
  const again = expectStatus(200, await victim.refresh(app, old.refresh_token)).body;
  expect(again).toMatchObject({ access_token, refresh_token });

  const tables = new Tables(cluster.current.config.databaseUrl);
  expect(await tables.livePairs(app.clientId).finally(() => tables.close())).toHaveLength(1);
});
