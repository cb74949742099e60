import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { readTokenStates } from '../../services/auth-server/store/token-state.ts';
import { databaseBed } from '../support/database.ts';

const [OWNER, TARGET] = [1, 2];
const FIRST_BOT_USER = 1_000_000_000_000;
const USER = 5;
const [APP, OTHER_APP] = [1, 2];
const UNKNOWN = randomBytes(32);
const ISSUED_AT = new Date('2026-02-03T04:05:06.789Z');
const EXPIRES_AT = new Date('2026-02-03T05:05:06.789Z');

const bed = databaseBed(beforeEach, { poolSize: 1 });

beforeEach(async () => {
  for (const statement of [
    `INSERT INTO organizations (id, subdomain, name) VALUES (${OWNER}, 'acme', ''), (${TARGET}, 'globex', '')`,
    `INSERT INTO users (id, name, email, profile_picture) VALUES (${USER}, '', '', '')`,
    `INSERT INTO memberships (organization_id, user_id, role) VALUES (${TARGET}, ${USER}, 'csm')`,
    `INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
      subscribed_webhook_events, require_pkce, created_at, updated_at)
     SELECT 'app-' || n, ${OWNER}, '', '{}', '{app,self}', '{users:read,posts:write,posts:read}', '{}', false, now(), now()
     FROM generate_series(1, 2) AS n ORDER BY n`,
  ]) {
    await bed.tables.rows(statement);
  }
});

/** Inserts a live token of a new install. Returns the hash of the access token. */
async function token(actorMode: 'app' | 'self', organization = TARGET, app = APP): Promise<Buffer> {
  const accessHash = randomBytes(32);
  await sql`
    WITH install AS (
      INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events,
        installed_at)
      VALUES (${app}, ${organization}, ${USER}, ${actorMode}, '{posts:read,posts:write,users:read}', '{}', now()) RETURNING id
    )
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
    SELECT id, 1, ${accessHash}, ${randomBytes(32)}, ${ISSUED_AT}, ${EXPIRES_AT} FROM install`.execute(bed.db);
  return accessHash;
}

const stateOf = async (accessHash: Buffer) => (await readTokenStates(bed.db, [accessHash])).states[0];
const change = (statement: string) => sql.raw(statement).execute(bed.db);

test('returns states in the order of the hashes, including unknown and repeated hashes', async () => {
  const asApp = await token('app');
  const asUser = await token('self', OWNER, OTHER_APP);
  await change(`INSERT INTO memberships (organization_id, user_id, role) VALUES (${OWNER}, ${USER}, 'admin')`);
  const { states, cacheNodes } = await readTokenStates(bed.db, [asUser, UNKNOWN, asApp, asUser]);
  expect(states).toEqual([
    expect.objectContaining({ clientId: 'app-2', userId: USER, role: 'admin' }),
    { inactive: 'unknown', stamps: [] },
    expect.objectContaining({ clientId: 'app-1', userId: FIRST_BOT_USER, role: undefined }),
    states[0],
  ]);
  expect(cacheNodes).toEqual(['main']);
  expect(await readTokenStates(bed.db, [])).toEqual({ states: [], cacheNodes });
});

test('a state is complete, whatever the date format, time zone and search path of the database', async () => {
  const accessHash = await token('self');
  await change(`ALTER DATABASE ${bed.cloned.name} SET datestyle = 'SQL, DMY'`);
  await change(`ALTER DATABASE ${bed.cloned.name} SET timezone = 'Asia/Kolkata'`);
  await change(`ALTER DATABASE ${bed.cloned.name} SET search_path = 'pg_catalog'`);
  const later = bed.cloned.open({ poolSize: 1 });
  const { states } = await readTokenStates(later, [accessHash]).finally(() => later.destroy());
  expect(states).toEqual([
    {
      stamps: [
        { kind: 'app', id: APP },
        { kind: 'organization', id: TARGET },
        { kind: 'organization', id: OWNER },
        { kind: 'user', id: USER },
      ],
      clientId: 'app-1',
      installId: expect.any(String),
      organization: { id: TARGET, subdomain: 'globex' },
      actorMode: 'self',
      userId: USER,
      grantedScopes: ['posts:read', 'posts:write', 'users:read'],
      role: 'csm',
      issuedAt: ISSUED_AT,
      expiresAt: EXPIRES_AT,
    },
  ]);
});

test('a state has the granted scopes that the app still declares, in the order of the grant', async () => {
  const accessHash = await token('app');
  await change(`UPDATE apps SET declared_scopes = '{users:read,posts:write}'`);
  expect(await stateOf(accessHash)).toMatchObject({ grantedScopes: ['posts:write', 'users:read'] });
});

test.each([
  ['revoked', "UPDATE tokens SET ended_at = now(), end_reason = 'refreshed'"],
  ['revoked', 'UPDATE tokens SET access_revoked_at = now()'],
  ['revoked', "UPDATE installs SET status = 'revoked', ended_at = now(), end_reason = 'revoked_by_app'"],
  ['revoked', 'UPDATE apps SET deleted_at = now()'],
  ['revoked', "UPDATE apps SET allowed_actor_modes = '{app}'"],
  ['revoked', "UPDATE apps SET declared_scopes = '{roadmap:read}'"],
  ['revoked', `UPDATE organizations SET deleted_at = now() WHERE id = ${TARGET}`],
  ['suspended', "UPDATE apps SET status = 'suspended'"],
  ['suspended', `UPDATE organizations SET status = 'suspended' WHERE id = ${OWNER}`],
  ['suspended', `UPDATE organizations SET status = 'suspended' WHERE id = ${TARGET}`],
  ['user_not_member', 'DELETE FROM memberships'],
])('a state is inactive (%s) and has the same stamps after %s', async (inactive, statement) => {
  const accessHash = await token('self');
  const before = await stateOf(accessHash);
  await change(statement);
  expect(await stateOf(accessHash)).toEqual({ inactive, stamps: before?.stamps });
});

test('a state in the owner organization of the app has the stamp of that organization only once', async () => {
  const accessHash = await token('app', OWNER);
  expect((await stateOf(accessHash))?.stamps).toEqual([
    { kind: 'app', id: APP },
    { kind: 'organization', id: OWNER },
  ]);
});
