/**
 * In a database that was restored from a base backup and WAL, or from a dump, revoked grants are active again until the command
 * restore-fence (not a fence of the cache) ends all grants.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { expectOAuthError } from '../support/expect-errors.ts';
import { expectStatus, type Pair, type RegisteredApp, type World } from '../support/world.ts';
import { clusterOf } from './suite.ts';

const POLL = { timeout: 30_000, interval: 50 };
const LIMIT_MS = 120_000;
const COMMAND = fileURLToPath(new URL('../../services/auth-server/restore-fence.ts', import.meta.url));

const cluster = clusterOf({ authServers: 1, archivesWal: true });
let world: World;
/** After the restore point the install of the first pair was disconnected, and the second pair refreshed. */
let disconnected: Pair;
let refreshed: Pair & { readonly app: RegisteredApp };
let unchanged: Pair & { readonly app: RegisteredApp };

function restoreFence(...options: string[]) {
  const { redis, postgres } = cluster.current;
  const databaseUrl = new URL(postgres.url());
  databaseUrl.pathname = 'fault';
  const env = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: databaseUrl.href,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  };
  return promisify(execFile)(process.execPath, [COMMAND, ...options], { env: { ...env, LOG_LEVEL: 'error' } });
}

/** Starts auth-server, and waits until each replica has reconnected to it. Adds one install. */
async function start(): Promise<void> {
  const { main, replicas } = cluster.current;
  await main.start();
  const { access_token } = await world.install(await world.registerApp());
  await expectActive(access_token, replicas.length);
}

/** Waits until no replica is unavailable, and expects the token to be active on `count` of them. */
async function expectActive(token: string, count: number): Promise<void> {
  const active = () => cluster.current.activeResponses(token, 1).catch(() => 'unavailable');
  await expect.poll(active, POLL).not.toBe('unavailable');
  expect(await active()).toBe(count);
}

beforeAll(async () => {
  const { postgres, main } = cluster.current;
  world = await cluster.current.world(main).seed();
  const installed = async () => {
    const app = await world.registerApp();
    return { app, ...(await world.install(app)) };
  };
  const first = await installed();
  [disconnected, refreshed, unchanged] = [first, await installed(), await installed()];
  const backup = await postgres.backUp();
  await postgres.createRestorePoint('before');

  expectStatus(204, await world.disconnect(await world.installId(first.app)));
  expectStatus(200, await world.refresh(refreshed.app, refreshed.refresh_token));
  expect(await cluster.current.activeResponses(disconnected.access_token, 1)).toBe(0);
  await postgres.createRestorePoint('after');

  await main.kill();
  main.postgres.cut();
  await postgres.restore(backup, 'before');
  main.postgres.switchTo(postgres.port());
}, LIMIT_MS);

test('without --yes, the command shows what it would end and changes nothing', async () => {
  const { stdout } = await restoreFence();
  expect(stdout).toContain('has 3 active installs');
  expect(stdout).toContain('Nothing has been changed');
});

test('a disconnected install is active in a restored database; the command fails while an auth-server is connected', async () => {
  const { main, redis } = cluster.current;
  await start();
  await redis.loseEntries();
  await expectActive(disconnected.access_token, 3);
  await expect(restoreFence('--yes')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('by auth-server'),
  });
  await main.kill();
});

test('after the command no token from before the restore is active on any replica, cached or not', async () => {
  const { stdout } = await restoreFence('--yes');
  expect(stdout).toContain('4 installs have ended');
  await start();
  for (const { access_token } of [disconnected, refreshed, unchanged]) {
    await expectActive(access_token, 0);
  }
  for (const { app, refresh_token } of [refreshed, unchanged]) {
    expectOAuthError(await world.refresh(app, refresh_token), 'invalid_grant');
  }
});

test('an app can be connected again, and the command then counts only active installs', async () => {
  const { main } = cluster.current;
  const again = await world.install(unchanged.app);
  await expectActive(again.access_token, 3);
  const audit = await world.operator.listAuditEvents({ action: 'database.restored' });
  expect(audit.events).toMatchObject([{ performedBy: 'restore-fence', details: { installs: '4' } }]);
  await main.kill();
  expect((await restoreFence()).stdout).toContain('has 2 active installs');
  await main.start();
});

test('after a dump is restored on a new server, the command ends its installs, too', {
  timeout: LIMIT_MS,
}, async () => {
  const { main, postgres } = cluster.current;
  const app = await world.registerApp();
  const { access_token: old } = await world.install(app);
  const dump = await postgres.dump();
  expectStatus(204, await world.disconnect(await world.installId(app)));
  await main.kill();
  main.postgres.cut();
  await postgres.restore(dump);
  main.postgres.switchTo(postgres.port());

  expect((await restoreFence('--yes')).stdout).toContain('3 installs have ended');
  await start();
  await expectActive(old, 0);
  await expectActive((await world.install(app)).access_token, 3);
});
