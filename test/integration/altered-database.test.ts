import { afterEach, beforeAll, expect, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { openSession } from '../support/database.ts';
import { EveryPort } from '../support/every-port.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, type Pair } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
let everywhere: EveryPort;
beforeAll(() => {
  everywhere = new EveryPort(bed.system);
});

const database = () => new URL(bed.system.databaseUrl).pathname.slice(1);
const readyz = async () => (await bed.world.http('GET', '/readyz')).status;

/** Changes defaults of the database, and ends all sessions, because the defaults apply only to new ones. */
async function alterDatabase(...settings: readonly string[]): Promise<void> {
  for (const setting of settings) await bed.tables.rows(`ALTER DATABASE ${database()} ${setting}`);
  await bed.tables.endSessions();
}

afterEach(async () => {
  await alterDatabase('RESET ALL');
  await expect.poll(readyz).toBe(200);
});

/** Locks rows until the session commits. */
async function lockRows(statement: string) {
  const session = await openSession(bed.system.databaseUrl);
  await session.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await session.query(statement);
  return session;
}

const MAX_ATTEMPTS = 20;
const FREQUENT_POLL = { timeout: 2_000, interval: 10 };

/** A suspension that has waited for a refresh and now waits for `appLock`; and the new pair of the refresh, which is cached. */
async function suspensionAfterRefresh() {
  const app = await bed.world.registerApp();
  const old = await bed.world.install(app);
  const tokenLock = await lockRows('SELECT 1 FROM tokens WHERE ended_at IS NULL FOR UPDATE');
  const refreshing = bed.world.refresh(app, old.refresh_token);
  refreshing.catch(() => {}); // it is awaited below
  await expect.poll(() => bed.tables.waitingForLocks(), FREQUENT_POLL).toBe(1);
  const appLock = await lockRows(`SELECT 1 FROM apps WHERE client_id = '${app.clientId}' FOR NO KEY UPDATE`);
  const suspending = bed.world.suspendApp(app);
  suspending.catch(() => {}); // it is awaited in the test
  await expect.poll(() => bed.tables.waitingForLocks(), FREQUENT_POLL).toBe(2);
  await tokenLock.query('COMMIT');
  const pair: Pair = expectStatus(200, await refreshing).body;
  await expect.poll(() => bed.tables.waitingForLocks(), FREQUENT_POLL).toBe(1);
  await everywhere.activeResponses(pair.access_token); // caches the pair
  return { pair, appLock, suspending };
}

/** Tries again: a refresh waits for a lock for at most 250 ms, in which a busy machine may not get through these steps. */
async function repeated<T>(prepare: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepare();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
      await bed.tables.endSessions(); // which hold the locks
      await expect.poll(readyz).toBe(200);
    }
  }
}

test.each([
  'repeatable read',
  'serializable',
])('a suspension that waits for a refresh also affects the new pair, if the default isolation level is %s', async (level) => {
  await alterDatabase(`SET default_transaction_isolation = '${level}'`);
  await expect.poll(readyz).toBe(200);
  const { pair, appLock, suspending } = await repeated(suspensionAfterRefresh);
  await appLock.query('COMMIT');
  await suspending;
  expect(await everywhere.activeResponses(pair.access_token)).toBe(0);
});

const expectOutage = ({ status, headers, body }: HttpResponse) =>
  expect([status, headers.get('retry-after'), body]).toEqual([503, expect.stringMatching(/^\d+$/), expect.anything()]);

test('if transactions are read-only by default, changes are rejected as unavailable', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const id = await bed.world.installId(app);
  const code = await bed.world.code(app);
  const dump = async () => ({ ...(await bed.tables.dump('last_used_at')), 'public.install_usage': [] });
  const before = await dump();
  await alterDatabase('SET default_transaction_read_only = on');
  await expect.poll(() => bed.world.readApp(app).then(Boolean, () => false)).toBe(true);

  expectOutage(await bed.world.disconnect(id));
  expectOutage(await bed.world.exchange(app, code));
  expectOutage(await bed.world.refresh(app, pair.refresh_token));
  expectOutage(await bed.world.client(app, '/oauth/revoke', { token: pair.refresh_token }));
  expectOutage(await bed.world.changeApp(app, { declared_scopes: ['posts:read'] }));
  expectOutage(await bed.world.deleteApp(app));
  expectOutage(await bed.world.consent(app));
  await expectRpcError(bed.world.suspendApp(app), ErrorReason.DEPENDENCY_UNAVAILABLE);
  expect(await readyz()).toBe(503);

  await alterDatabase('RESET ALL');
  await expect.poll(readyz).toBe(200);
  expect(await dump()).toEqual(before);
  expect(await everywhere.activeResponses(pair.access_token)).toBe(everywhere.responses);
  const again = expectStatus(200, await bed.world.exchange(app, code)).body;
  expectStatus(204, await bed.world.disconnect(await bed.world.installId(app)));
  expect(await everywhere.activeResponses(again.access_token)).toBe(0);
});
