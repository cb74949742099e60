/**
 * auth-server behind pgbouncer in transaction mode, with default settings except for authentication, sizes and timeouts. Skipped
 * without pgbouncer (scripts/ensure-dependencies.ts --interop installs it); with INTEROP_CLIENTS=required, as in CI, that is a
 * failure.
 */
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { findPgbouncer, type PgbouncerInstance, startPgbouncer } from '../../scripts/dependencies/pgbouncer.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { readTokenStates } from '../../services/auth-server/store/token-state.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { type OtherAuthServer, startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type Pair } from '../support/world.ts';

const program = findPgbouncer();

test.runIf(process.env.INTEROP_CLIENTS === 'required')('pgbouncer is installed', () => {
  expect(program).toBeDefined();
});

describe.skipIf(program === undefined)('behind pgbouncer', () => {
  const options: { databasePort?: number } = {};
  let pooler: PgbouncerInstance;
  let otherServer: OtherAuthServer;

  beforeAll(async () => {
    // Fewer sessions of Postgres than connections of auth-server, so that the connections share them.
    pooler = await startPgbouncer(program as string, { postgresUrl: inject('databaseAdminUrl'), poolSize: 3 });
    options.databasePort = pooler.port;
  });
  const bed = testBed(options);
  beforeAll(async () => {
    otherServer = await startAuthServer(bed.system, { DATABASE_URL: databaseAt() });
  });
  afterAll(() => otherServer?.stop());
  afterAll(() => pooler?.stop());

  /** The URL of the database at another port, by default that of the pooler. */
  const databaseAt = (port = pooler.port) =>
    Object.assign(new URL(bed.system.databaseUrl), { port: String(port) }).href;
  const openAt = (url: string, statementTimeoutMs = 5_000) =>
    openDatabase({ url, poolSize: 1, connectTimeoutMs: 5_000, statementTimeoutMs });

  const isActive = async (token: string) => (await bed.world.introspect(token)).active;

  test('a token that a refresh or a disconnect at another server ends is inactive at once', async () => {
    const app = await bed.world.registerApp();
    const pair = await bed.world.install(app);
    expect(await isActive(pair.access_token)).toBe(true);
    const refreshed = expectStatus(200, await otherServer.world.refresh(app, pair.refresh_token)).body as Pair;
    expect([await isActive(pair.access_token), await isActive(refreshed.access_token)]).toEqual([false, true]);
    expectStatus(204, await otherServer.world.disconnect(await bed.world.installId(app)));
    expect(await isActive(refreshed.access_token)).toBe(false);
  });

  test('concurrent refreshes at two servers get the same pair, and no other token is active', async () => {
    const app = await bed.world.registerApp();
    const { refresh_token } = await bed.world.install(app);
    const worlds = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? bed.world : otherServer.world));
    const responses = await Promise.all(worlds.map((world) => world.refresh(app, refresh_token)));
    const tokens = responses.map((response) => expectStatus(200, response).body.access_token);
    expect(new Set(tokens).size).toBe(1);
    expect(await bed.tables.livePairs(app.clientId)).toHaveLength(1);
  });

  test('two servers that share three sessions are ready', async () => {
    for (const world of [bed.world, otherServer.world]) expectStatus(200, await world.http('GET', '/readyz'));
  });

  test('settings that another client leaves in a session affect neither transactions nor reads of token states', async () => {
    const app = await bed.world.registerApp();
    const { access_token } = await bed.world.install(app);
    const own = await startPgbouncer(program as string, { postgresUrl: bed.system.databaseUrl, poolSize: 1 });
    const other = new pg.Client({ connectionString: databaseAt(own.port) });
    const db = openAt(databaseAt(own.port));
    try {
      await other.connect();
      await other.query("SET search_path = pg_catalog; SET default_transaction_isolation = 'serializable'");
      await other.query("SET DateStyle = 'German'");
      const leaked = await sql`SELECT current_setting('search_path') AS path`.execute(db);
      expect(leaked.rows).toEqual([{ path: 'pg_catalog' }]);
      const { states } = await readTokenStates(db, [hashCredential(access_token)]);
      expect(states).toMatchObject([{ clientId: app.clientId }]);
      const inTransaction = await db.transaction().execute((transaction) =>
        sql`
          SELECT current_setting('transaction_isolation') AS level, current_setting('DateStyle') AS style,
            (SELECT count(*) > 0 FROM apps) AS found`.execute(transaction),
      );
      expect(inTransaction.rows).toEqual([{ level: 'read committed', style: 'ISO, MDY', found: true }]);
    } finally {
      await other.end();
      await db.destroy();
      await own.stop();
    }
  });

  test('a statement that times out is cancelled in Postgres', async () => {
    const db = openAt(databaseAt(), 100);
    await expect(sql`SELECT pg_sleep(600)`.execute(db)).rejects.toMatchObject({
      cause: { message: 'Query read timeout' },
    });
    await db.destroy();
    await expect
      .poll(() =>
        bed.tables.count('pg_stat_activity', "datname = current_database() AND query LIKE 'SELECT pg_sleep%'"),
      )
      .toBe(0);
  });

  test('the database is unavailable if pgbouncer cannot reach Postgres', async () => {
    const unreachable = databaseAt(await freePort());
    const other = await startPgbouncer(program as string, { postgresUrl: unreachable, poolSize: 1 });
    const db = openAt(databaseAt(other.port));
    const unavailable = { reason: ErrorReason.DEPENDENCY_UNAVAILABLE };
    try {
      await expect(readTokenStates(db, [Buffer.alloc(32)])).rejects.toMatchObject(unavailable);
      await expect(db.transaction().execute(async () => {})).rejects.toMatchObject(unavailable);
    } finally {
      await db.destroy();
      await other.stop();
    }
  });
});
