import pg from 'pg';
import { afterEach, expect, inject, onTestFinished, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/health/v1/health_pb.ts';
import { scrape } from '../support/scrape.ts';
import { startSystem } from '../support/system.ts';
import { testBed } from '../support/test-bed.ts';

const bed = testBed();
const READY = { status: 200, body: { status: 'ready' } };

const get = async (path: string) => {
  const { status, body } = await bed.world.http('GET', path);
  return { status, body };
};
const grpcStatus = async () => (await bed.system.rpc(Health).check({})).status;
const notReady = (reason: string) => ({ status: 503, body: { status: 'not ready', reason } });

/** Runs a statement. `$name` stands for the name of the database. */
async function asSuperuser(statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: inject('databaseAdminUrl') });
  await admin.connect();
  try {
    await admin.query(statement.replaceAll('$name', new URL(bed.system.databaseUrl).pathname.slice(1)));
  } finally {
    await admin.end();
  }
}

const endSessions = () =>
  asSuperuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('$name', '$name_away')");

afterEach(async () => {
  await asSuperuser('ALTER DATABASE $name RESET ALL');
  await endSessions();
  await expect.poll(() => get('/readyz')).toEqual(READY);
});

test('a working server reports to callers without a credential that it is live and ready', async () => {
  expect(await get('/livez')).toEqual({ status: 200, body: { status: 'live' } });
  expect(await get('/readyz')).toEqual(READY);
  expect(await grpcStatus()).toBe(Status.SERVING);
});

test('without its database the server is live but not ready; it is ready again once the database is back', async () => {
  // New sessions replace ended ones until the name is gone.
  const rename = () => endSessions().then(() => asSuperuser('ALTER DATABASE $name RENAME TO $name_away'));
  await expect.poll(() => rename().then(() => 'renamed', String)).toBe('renamed');
  try {
    await expect.poll(() => get('/readyz')).toEqual(notReady('the database cannot be reached'));
    expect(await grpcStatus()).toBe(Status.NOT_SERVING);
    expect(await get('/livez')).toEqual({ status: 200, body: { status: 'live' } });
  } finally {
    await asSuperuser('ALTER DATABASE $name_away RENAME TO $name');
  }
  await expect.poll(() => get('/readyz')).toEqual(READY);
});

test.each([
  ['default_transaction_read_only = on', 'DATABASE_URL leads to a database that is read only'],
  ['search_path = pg_catalog', 'search_path of the database does not lead to the schema public'],
])('is not ready, and says why, if the database has %s', async (setting, reason) => {
  await asSuperuser(`ALTER DATABASE $name SET ${setting}`);
  await endSessions();
  await expect.poll(() => get('/readyz')).toEqual(notReady(reason));
  expect(await grpcStatus()).toBe(Status.NOT_SERVING);
});

test('a server that has started has all connections for token states open', async () => {
  const system = await startSystem();
  onTestFinished(() => system.stop());
  const metrics = await scrape(system.metrics.authServer); // once: a connection may become idle meanwhile
  const open = ['used', 'idle'].flatMap(
    (state) => metrics.get(`auth_server_database_connections_${state}`)?.samples ?? [],
  );
  const values = open.filter(({ labels }) => labels.pool === 'token_states').map(({ value }) => value);
  expect(values.reduce((sum, value) => sum + value, 0)).toBe(10);
});
