/** A call that narrows, suspends or deletes an app does not take longer if the app has many installs. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { EveryPort } from '../support/every-port.ts';
import { installIntoMany } from '../support/many-installs.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type RegisteredApp } from '../support/world.ts';

const INSTALLS = 30_000;
/** Too short for a statement that writes a row per install, and ample for one that does not. */
const STATEMENT_TIMEOUT_MS = 250;
/** More than one, because the machine may be busy. */
const MAX_ATTEMPTS = 3;

const bed = testBed({ replicas: 2, databaseStatementTimeoutMs: STATEMENT_TIMEOUT_MS });
let everywhere: EveryPort;
let app: RegisteredApp;
let tokens: string[];

beforeAll(() => {
  everywhere = new EveryPort(bed.system);
});
beforeEach(async () => {
  app = await bed.world.registerApp();
  const { credentialKey } = bed.system;
  tokens = await installIntoMany(bed.tables, { credentialKey, app, installs: INSTALLS, known: 20 });
  expect(await distinctStates()).toEqual(['posts:read posts:write']);
});

/** The distinct states of the known tokens on every port of every replica. */
async function distinctStates(): Promise<string[]> {
  const responses = await Promise.all(tokens.map((token) => everywhere.introspect(token)));
  return [...new Set(responses.flat().map(({ active, scopes }) => (active ? scopes.join(' ') : 'inactive')))];
}

async function withinAttempts<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** The number of rows inserted, updated and deleted in all tables. Ends all other sessions, which report theirs when they end. */
async function rowsWritten(): Promise<number> {
  await bed.tables.endSessions();
  await expect.poll(async () => (await bed.world.http('GET', '/readyz')).status).toBe(200);
  const [row] = await bed.tables.rows<{ count: number }>(
    'SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS count FROM pg_stat_user_tables',
  );
  return row?.count ?? 0;
}

test(`suspends and resumes an app with ${INSTALLS} installs without updating a row for each`, async () => {
  const before = await rowsWritten();
  await withinAttempts(() => bed.world.suspendApp(app));
  expect(await distinctStates()).toEqual(['inactive']);
  await withinAttempts(() => bed.world.resumeApp(app));
  expect(await distinctStates()).toEqual(['posts:read posts:write']);
  expect((await rowsWritten()) - before).toBeLessThan(INSTALLS / 10);
});

test(`narrows an app with ${INSTALLS} installs`, async () => {
  const fields = { declared_scopes: ['posts:read'] };
  await withinAttempts(async () => expectStatus(200, await bed.world.changeApp(app, fields)));
  expect(await distinctStates()).toEqual(['posts:read']);
});

test(`deletes an app with ${INSTALLS} installs`, async () => {
  await withinAttempts(async () => expectStatus(204, await bed.world.deleteApp(app)));
  expect(await distinctStates()).toEqual(['inactive']);
});
