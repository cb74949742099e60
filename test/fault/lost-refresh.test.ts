/** An auth-server dies while it refreshes: whoever repeats the refresh gets the pair, from whichever server. */
import { beforeAll, expect, test } from 'vitest';
import type { ChangeStep } from '../../services/auth-server/store/pg-authority.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, type World } from '../support/world.ts';
import type { AuthNode } from './harness/auth-node.ts';
import { activeAnswers, worldOf } from './harness/cluster-world.ts';
import { clusterOf } from './suite.ts';

const LIMIT_MS = 60_000;
const TIMES = 5;
const STEPS: readonly ChangeStep[] = ['applied', 'fenced', 'committed', 'dropped'];

const cluster = clusterOf({ cluster: { authServers: 2 }, scenarios: [] });
let other: World;
let victim: World;

beforeAll(async () => {
  const [first, second] = cluster.current.authServers as [AuthNode, AuthNode];
  other = await worldOf(cluster.current, first).seed();
  victim = worldOf(cluster.current, second);
}, LIMIT_MS);

test.each(STEPS)('killed at %s: the repeat gets a pair, the same at both servers', {
  timeout: LIMIT_MS,
}, async (step) => {
  const [, node] = cluster.current.authServers as [AuthNode, AuthNode];
  const app = await other.registerApp();
  const old = await other.install(app);
  expect(await activeAnswers(cluster.current, old.access_token, TIMES)).toBeGreaterThan(0);
  node.child.arm({ step, action: 'kill', times: 1 });
  await expect(victim.refresh(app, old.refresh_token)).rejects.toThrow();
  await node.child.exited();

  const { access_token, refresh_token } = expectStatus(200, await other.refresh(app, old.refresh_token)).body;
  expect(await activeAnswers(cluster.current, old.access_token, TIMES)).toBe(0);
  expect(await activeAnswers(cluster.current, access_token, TIMES)).toBe(TIMES * cluster.current.replicas.length);
  await node.startAgain();
  const again = expectStatus(200, await victim.refresh(app, old.refresh_token)).body;
  expect(again).toMatchObject({ access_token, refresh_token });

  const tables = new Tables(cluster.current.parts.databaseUrl);
  expect(await tables.livePairs(app.clientId).finally(() => tables.close())).toHaveLength(1);
});
