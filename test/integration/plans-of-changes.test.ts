/** Functions whose plans were made while the tables were small read only a few rows once the tables are large. */
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { databaseBed, openSession } from '../support/database.ts';
import { APP, installMany } from '../support/many-installs.ts';

const MANY = 500;
/** A look-up by index reads fewer rows than this, even if it reads some of them twice. */
const FEW = 5;

const bed = databaseBed(beforeEach);
let session: pg.Client;

beforeEach(async () => {
  await installMany(bed.cloned.url, 2);
  session = new pg.Client(bed.cloned.url);
  await session.connect();
  // Autovacuum would analyze the tables, and the functions would be planned again.
  for (const table of ['tokens', 'installs', 'authorization_codes', 'memberships', 'webhook_deliveries']) {
    await session.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  }
});
afterEach(() => session.end());

/** How many rows of the table the statement reads. Rolls it back. */
async function rowsRead(table: string, statement: string): Promise<number> {
  await session.query('BEGIN');
  // The view includes reads of earlier transactions that were not reported yet.
  const before = await readOf(table);
  const { rowCount } = await session.query(statement);
  expect(rowCount).toBe(1);
  const read = (await readOf(table)) - before;
  await session.query('ROLLBACK');
  return read;
}

async function readOf(table: string): Promise<number> {
  const { rows } = await session.query(
    'SELECT (coalesce(idx_tup_fetch, 0) + seq_tup_read)::int AS read FROM pg_stat_xact_user_tables WHERE relname = $1',
    [table],
  );
  return rows[0].read;
}

const addOrganizations = () =>
  session.query(
    `INSERT INTO organizations (id, subdomain, name) SELECT id, 'o' || id, '' FROM generate_series(3, ${MANY}) AS id`,
  );
const addCodes = (organizations: string) =>
  session.query(`
    INSERT INTO authorization_codes (code_hash, app_id, organization_id, user_id, redirect_uri, actor_mode, scopes,
      webhook_events, created_at, expires_at)
    SELECT sha256(id::text::bytea), ${APP}, id, 1, '', 'app', '{}', '{}', now(), now() + interval '1 minute'
    FROM organizations WHERE ${organizations} ORDER BY id`);
/** Adds this many events, each with a delivery to every hook of the app. */
const addDeliveries = (events: number) =>
  session.query(`
    WITH events AS (
      INSERT INTO webhook_events (organization_id, type, body, created_at)
      SELECT 1, '', '{}', now() FROM generate_series(1, ${events}) RETURNING id
    )
    INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
    SELECT events.id, hooks.id, ${APP}, 'pending', '2030-01-01', now() FROM events, webhook_hooks AS hooks`);

test('redeems a code without reading other codes, or other members of its organization', async () => {
  const redeem = `SELECT * FROM redeem_codes('{1}', ARRAY[sha256('1')], ARRAY[now()])`;
  await addCodes('id <= 2');
  await session.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES (1, 1, 'admin')`);
  await rowsRead('authorization_codes', redeem);
  await addOrganizations();
  await addCodes('id > 2');
  await session.query(
    `INSERT INTO users (id, name, email, profile_picture) SELECT id, '', '', '' FROM generate_series(2, ${MANY}) AS id`,
  );
  await session.query(
    `INSERT INTO memberships (organization_id, user_id, role) SELECT 1, id, 'member' FROM users WHERE id > 1`,
  );
  expect(await rowsRead('authorization_codes', redeem)).toBeLessThan(FEW);
  expect(await rowsRead('memberships', redeem)).toBeLessThan(FEW);
});

test('redeems a pair, revokes access and begins a change of an install without reading other pairs or installs', async () => {
  const begin = `SELECT * FROM begin_changes_of_installs('\\x0102030405060708', true, true,
    '{1}', '{share}', '{${APP}}', '{share}', '{NULL}', '{NULL}', '{${APP}}', '{2}') WHERE role = 'own'`;
  const redeem = `SELECT * FROM redeem_pairs('{2}', ARRAY[now()])`;
  const revoke = 'SELECT * FROM revoke_access(2, now())';
  for (const statement of [redeem, revoke, begin]) await rowsRead('tokens', statement);
  await addOrganizations();
  await session.query(`
    INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
    SELECT ${APP}, id, 1, 'app', '{}', '{}', now() FROM organizations WHERE id > 2`);
  await session.query(`
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
    SELECT id, 1, sha256(uuid_send(id)), sha256(uuid_send(id) || 'r'), now(), now() FROM installs WHERE organization_id > 2`);
  for (const statement of [redeem, revoke, begin]) {
    expect(await rowsRead('tokens', statement)).toBeLessThan(FEW);
    expect(await rowsRead('installs', statement)).toBeLessThan(FEW);
  }
});

test('stores an outcome without reading other deliveries', async () => {
  const record = `SELECT * FROM record_outcomes(ARRAY(SELECT id FROM webhook_deliveries ORDER BY id LIMIT 1), '{2030-01-01}',
    '{failed}', '{NULL}', ARRAY[now()], '{1}', '{500}', '{NULL}', '{""}')`;
  // Forces the generic plan, to which Postgres may change after five executions if the function does not set this itself.
  await session.query('SET plan_cache_mode = force_generic_plan');
  await addDeliveries(1);
  await rowsRead('webhook_deliveries', record);
  await addDeliveries(MANY);
  expect(await rowsRead('webhook_deliveries', record)).toBeLessThan(FEW);
});

test('deletes pending invalidations without waiting for those being deleted elsewhere', async () => {
  await session.query(`INSERT INTO pending_invalidations (change_id, stamp_kind, stamp_id)
    SELECT '\\x0102030405060708', 'app', id FROM generate_series(1, 3) AS id`);
  const other = await openSession(bed.cloned.url);
  await other.query('BEGIN');
  await other.query('SELECT FROM pending_invalidations WHERE id = 2 FOR UPDATE');
  await session.query(`SELECT delete_invalidations('{1,2}')`);
  await other.query('ROLLBACK');
  expect((await session.query('SELECT id FROM pending_invalidations ORDER BY id')).rows).toMatchObject([
    { id: '2' },
    { id: '3' },
  ]);
});
