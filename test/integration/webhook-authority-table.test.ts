/** Webhooks and Introspect agree on which installs may receive events, in a table of combinations of states. */
import { type Kysely, sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { DeliveryId, InstallId } from '../../services/auth-server/domain/ids.ts';
import { PgDeliveryQueue } from '../../services/auth-server/store/delivery-queue.ts';
import { PgDeliveryStore } from '../../services/auth-server/store/delivery-store.ts';
import { PgEventStore } from '../../services/auth-server/store/event-store.ts';
import { PgInstallStore } from '../../services/auth-server/store/install-store.ts';
import type { Schema } from '../../services/auth-server/store/schema.ts';
import { readTokenStates } from '../../services/auth-server/store/token-state.ts';
import { effectiveScopes } from '../../services/common/scopes/algebra.ts';
import { cloneDatabase } from '../support/database.ts';

const EVENT = 'post_created';
const NOW = new Date('2026-02-03T04:05:06Z');
const LEASED_UNTIL = new Date('2026-02-03T04:06:06Z');
const USER = 1;
const [ACTIVE_OWNER, SUSPENDED_OWNER, TARGET_ID_OFFSET] = [1, 2, 10];
const MAX_STATES_AT_ONCE = 500;

let db: Kysely<Schema>;
let installIds: string[];
/** The installs for whose tokens Introspect would return webhooks:manage. */
let authorized: string[];

beforeAll(async () => {
  const cloned = await cloneDatabase();
  db = cloned.open({ poolSize: 1 });
  await insertEverything();
  installIds = await column(sql`SELECT id AS value FROM installs ORDER BY id`);
  authorized = await authorizedByIntrospect();
  return () => cloned.drop();
});
beforeEach(async () => {
  await sql`TRUNCATE webhook_events CASCADE`.execute(db);
});

/**
 * An install for each combination of its mode and scopes, the role of its user, the app's modes and scopes, and the states of
 * target, owner and app; revoked installs only in active targets.
 */
async function insertEverything(): Promise<void> {
  await sql`INSERT INTO users (id, name, email, profile_picture) VALUES (${USER}, '', '', '')`.execute(db);
  await sql`
    INSERT INTO organizations (id, subdomain, name, status)
    VALUES (${ACTIVE_OWNER}, 'active', '', 'active'), (${SUSPENDED_OWNER}, 'suspended', '', 'suspended')`.execute(db);
  await sql`
    INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes, webhook_url,
      subscribed_webhook_events, require_pkce, status, created_at, updated_at, deleted_at)
    SELECT gen_random_uuid(), owner_id, '', '{}', modes::text[], scopes::text[], 'https://app.example/hooks', ARRAY[${EVENT}],
      false, status, ${NOW}, ${NOW}, deleted_at
    FROM unnest(ARRAY[${ACTIVE_OWNER}::bigint, ${SUSPENDED_OWNER}]) AS owner_id,
      unnest(ARRAY['{app}', '{app,self}']) AS modes,
      unnest(ARRAY['{posts:read}', '{posts:read,webhooks:manage}', '{votes:read}']) AS scopes,
      (VALUES ('active', NULL::timestamptz), ('suspended', NULL), ('active', ${NOW})) AS states (status, deleted_at)`.execute(
    db,
  );
  await sql`
    CREATE TABLE targets AS
    SELECT ${TARGET_ID_OFFSET} + row_number() OVER () AS id, *
    FROM (VALUES ('active', NULL::timestamptz, 'active'), ('suspended', NULL, 'active'), ('active', ${NOW}, 'active'),
        ('active', NULL, 'revoked')) AS states (status, deleted_at, install_status),
      unnest(ARRAY['admin', 'manager', 'csm', 'member', 'collaborator', NULL]) AS role, unnest(ARRAY['app', 'self']) AS mode,
      unnest(ARRAY['{posts:read}', '{posts:read,webhooks:manage}']) AS scopes`.execute(db);
  await sql`
    INSERT INTO organizations (id, subdomain, name, status, deleted_at)
    SELECT id, 'target-' || id, '', status, deleted_at FROM targets`.execute(db);
  await sql`
    INSERT INTO memberships (organization_id, user_id, role)
    SELECT id, ${USER}, role FROM targets WHERE role IS NOT NULL`.execute(db);
  await sql`
    INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, status,
      installed_at, ended_at)
    SELECT apps.id, targets.id, ${USER}, mode, scopes::text[], ARRAY[${EVENT}], install_status, ${NOW},
      CASE install_status WHEN 'revoked' THEN ${NOW}::timestamptz END
    FROM apps, targets`.execute(db);
  await sql`
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
    SELECT id, 1, sha256(uuid_send(id)), sha256(uuid_send(id) || '-'), ${NOW}, ${NOW} FROM installs`.execute(db);
}

async function authorizedByIntrospect(): Promise<string[]> {
  const hashes = await column<Buffer>(sql`SELECT sha256(uuid_send(id)) AS value FROM installs ORDER BY id`);
  const found: string[] = [];
  for (let from = 0; from < hashes.length; from += MAX_STATES_AT_ONCE) {
    const { states } = await readTokenStates(db, hashes.slice(from, from + MAX_STATES_AT_ONCE) as never);
    for (const state of states) {
      if (state.inactive !== undefined) continue;
      const { grantedScopes, actorMode, role, installId } = state;
      if (effectiveScopes(grantedScopes, actorMode, role).includes('webhooks:manage')) found.push(installId);
    }
  }
  return found;
}

async function column<T = string>(query: ReturnType<typeof sql>): Promise<T[]> {
  const { rows } = await query.execute(db);
  return (rows as { value: T }[]).map(({ value }) => value);
}

/** Inserts a delivery to every install, as if an event had been published before the states of installs changed. */
async function insertDeliveries(status: 'pending' | 'cancelled'): Promise<void> {
  await sql`
    WITH event AS (
      INSERT INTO webhook_events (organization_id, type, body, created_at)
      VALUES (${TARGET_ID_OFFSET + 1}, ${EVENT}, '{}', ${NOW}) RETURNING id
    )
    INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
    SELECT event.id, hooks.id, app_id, ${status}, CASE ${status}::text WHEN 'pending' THEN ${NOW}::timestamptz END, ${NOW}
    FROM event, webhook_hooks AS hooks WHERE install_id IS NOT NULL`.execute(db);
}

const pending = () =>
  column(sql`
    SELECT install_id AS value FROM webhook_deliveries JOIN webhook_hooks AS hooks ON hooks.id = hook_id
    WHERE webhook_deliveries.status = 'pending' ORDER BY install_id`);

test('a few installs may receive events, and most may not', () => {
  expect(authorized.length).toBeGreaterThan(10);
  expect(installIds.length).toBeGreaterThan(100 * authorized.length);
});

test('an event is published to the installs that may receive it', async () => {
  const organizations = await column<number>(sql`SELECT id AS value FROM targets WHERE deleted_at IS NULL`);
  const events = organizations.map((organizationId) => ({
    organizationId,
    type: EVENT,
    body: '{}',
    idempotencyKey: `${organizationId}`,
    digest: Buffer.alloc(32),
  }));
  await new PgEventStore(db).publish(events as never, NOW);
  expect(await pending()).toEqual(authorized);
});

test('due deliveries are claimed for the installs that may receive them, and cancelled for the others', async () => {
  await insertDeliveries('pending');
  const capacity = { total: 100_000, ofSlow: 0, perApp: 100_000, ofApps: new Map() };
  const claimed = await new PgDeliveryQueue(db).claim(capacity, NOW, LEASED_UNTIL);
  expect(claimed).toHaveLength(authorized.length);
  expect(await pending()).toEqual(authorized);
});

test('deliveries can be replayed to the installs that may receive them', async () => {
  await insertDeliveries('cancelled');
  const deliveries = new PgDeliveryStore(db);
  // Single replays are slow, so only the installs of the app and of the organization of one authorized install are tried.
  const tried = await column(sql`
    SELECT others.id AS value FROM installs AS others, (
      SELECT * FROM installs WHERE id = ANY (${authorized}::uuid[]) AND actor_mode = 'self' ORDER BY id LIMIT 1) AS one
    WHERE others.app_id = one.app_id OR others.organization_id = one.organization_id`);
  const ids = await column(sql`
    SELECT webhook_deliveries.id AS value FROM webhook_deliveries JOIN webhook_hooks AS hooks ON hooks.id = hook_id
    WHERE install_id = ANY (${tried}::uuid[])`);
  for (const id of ids) await deliveries.replay(id as DeliveryId, NOW);
  const expected = authorized.filter((id) => tried.includes(id));
  expect(expected.length).toBeGreaterThan(5);
  expect(await pending()).toEqual(expected);
});

test('a refresh is rejected for the same reason for which the access token is inactive', async () => {
  const { rows } = await sql<{
    tokenInactive: string | null;
    grantInactive: string | null;
    tokenScopes: string;
    grantScopes: string;
  }>`
    SELECT states.inactive AS "tokenInactive", grants.inactive AS "grantInactive", states.scopes AS "tokenScopes",
      array_to_string(grants.scopes, ' ') AS "grantScopes"
    FROM states_of_tokens(ARRAY(SELECT access_hash FROM tokens)) AS states
    JOIN install_grants AS grants USING (install_id)`.execute(db);
  expect(rows).toHaveLength(installIds.length);
  expect(rows.filter((row) => row.tokenInactive !== row.grantInactive || row.tokenScopes !== row.grantScopes)).toEqual(
    [],
  );
  expect(await new PgInstallStore(db).grantOf(authorized[0] as InstallId)).toMatchObject({ inactive: null });
});
