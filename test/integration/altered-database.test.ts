import { Client } from 'pg';
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { EveryPort } from '../support/every-port.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, OWNER_ADMIN, type Pair, type RegisteredApp } from '../support/world.ts';

const bed = testBed({ replicas: 2 });
let everywhere: EveryPort;
beforeAll(() => {
  everywhere = new EveryPort(bed.system);
});

const database = () => new URL(bed.system.databaseUrl).pathname.slice(1);
const readyz = async () => (await bed.world.http('GET', '/readyz')).status;
const readApp = ({ clientId }: RegisteredApp) =>
  bed.world.as(OWNER_ADMIN, 'GET', `/oauth/apps/${clientId}`, undefined, 'acme');

/** Applies to all sessions: existing ones are ended. */
async function alterDatabase(...settings: readonly string[]): Promise<void> {
  for (const setting of settings) await bed.tables.rows(`ALTER DATABASE ${database()} ${setting}`);
  await bed.tables.rows(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
}

afterEach(async () => {
  await alterDatabase('RESET ALL');
  await expect.poll(readyz).toBe(200);
});

/** Locks rows until it is released. */
async function holding(statement: string): Promise<{ letGo(): Promise<unknown> }> {
  const client = new Client({ connectionString: bed.system.databaseUrl });
  client.on('error', () => {}); // each query reports its own failure
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await client.query(statement);
  return { letGo: () => client.query('COMMIT') };
}

const waiting = () => bed.tables.count('pg_stat_activity', "wait_event_type = 'Lock' AND datname = current_database()");

test.each([
  'repeatable read',
  'serializable',
])('a suspension that waits for a refresh also ends the tokens it issues, where %s is the default', async (level) => {
  const app = await bed.world.registerApp();
  const old = await bed.world.install(app);
  await alterDatabase(`SET default_transaction_isolation = '${level}'`);
  await expect.poll(readyz).toBe(200);

  const token = await holding('SELECT 1 FROM tokens WHERE ended_at IS NULL FOR UPDATE');
  const refreshing = bed.world.refresh(app, old.refresh_token);
  await expect.poll(waiting).toBe(1);
  const row = await holding(`SELECT 1 FROM apps WHERE client_id = '${app.clientId}' FOR NO KEY UPDATE`);
  const suspending = bed.world.suspendApp(app);
  suspending.catch(() => {}); // it is awaited below
  await expect.poll(waiting).toBe(2);
  await token.letGo();
  const pair: Pair = expectStatus(200, await refreshing).body;
  await expect.poll(waiting).toBe(1);
  await everywhere.activeResponses(pair.access_token);
  await row.letGo();
  await suspending;
  expect(await everywhere.activeResponses(pair.access_token)).toBe(0);
});

const expectOutage = ({ status, headers, body }: HttpResponse) =>
  expect([status, headers.get('retry-after'), body]).toEqual([503, expect.stringMatching(/^\d+$/), expect.anything()]);

test('where transactions are read-only by default, every change is rejected as unavailable', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const id = await bed.world.installId(app);
  const code = await bed.world.code(app);
  const dump = async () => ({ ...(await bed.tables.dump('last_used_at')), 'public.install_usage': [] });
  const before = await dump();
  await alterDatabase('SET default_transaction_read_only = on');
  await expect.poll(async () => (await readApp(app)).status).toBe(200);

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

test('reads times and hashes correctly in every format that the database can be configured with', async () => {
  const app = await bed.world.registerApp();
  const pair = await bed.world.install(app);
  const asApp = () => bed.world.client(app, '/oauth/introspect', { token: pair.access_token });
  const { body: introspected } = await asApp();
  // The use of the secret is recorded within seconds, which would be a difference.
  await expect
    .poll(async () => (await readApp(app)).body.app.secrets[0].last_used_at, { timeout: 20_000 })
    .not.toBeNull();
  const { body: read } = await readApp(app);
  await alterDatabase(
    "SET datestyle = 'German, DMY'",
    "SET timezone = 'America/St_Johns'",
    "SET intervalstyle = 'sql_standard'",
    "SET bytea_output = 'escape'",
  );
  await expect.poll(readyz).toBe(200);

  expect((await readApp(app)).body).toEqual(read);
  expect((await asApp()).body).toEqual(introspected);
  for (const { active, issuedAt, expiresAt } of await everywhere.introspect(pair.access_token)) {
    expect([active, Number(issuedAt?.seconds), Number(expiresAt?.seconds)]).toEqual([
      true,
      introspected.iat,
      introspected.exp,
    ]);
  }
  const next: Pair = expectStatus(200, await bed.world.refresh(app, pair.refresh_token)).body;
  expect(await everywhere.activeResponses(pair.access_token)).toBe(0);
  const { body: introspectedNext } = await bed.world.client(app, '/oauth/introspect', { token: next.access_token });
  const [row] = await bed.tables.rows(
    `SELECT floor(extract(epoch FROM issued_at))::int AS iat, floor(extract(epoch FROM access_expires_at))::int AS exp
     FROM tokens ORDER BY id DESC LIMIT 1`,
  );
  expect(introspectedNext).toMatchObject({ active: true, ...row });
});
