/** Authority over an app ends in one row, however many installs it has. */
import { beforeAll, expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, OWNER_ADMIN, type RegisteredApp, type World } from '../support/world.ts';
import { worldOf } from './harness/cluster-world.ts';
import { clusterOf } from './suite.ts';

const INSTALLS = 300_000;
/** Of so many installs the token is known. */
const KNOWN = 20;
const FIRST_ORGANIZATION = 10_000_000;
const LIMIT_MS = 240_000;

const cluster = clusterOf({ cluster: { authServers: 1 }, scenarios: [] });
let world: World;
let app: RegisteredApp;
let tokens: string[];

beforeAll(async () => {
  world = await worldOf(cluster.current).seed();
  app = await world.registerApp({ declared_scopes: ['posts:read', 'posts:write'] });
  const { databaseUrl, secrets } = cluster.current.parts;
  const format = new CredentialFormat([secrets.credentialKey]);
  tokens = Array.from({ length: KNOWN }, () => format.mint('access_token').reveal());
  const tables = new Tables(databaseUrl);
  const values = [app.clientId, tokens.map(hashCredential), OWNER_ADMIN];
  await tables.rows(INSTALL_MANY, values).finally(() => tables.close());
}, LIMIT_MS);

const INSTALL_MANY = `
  WITH places AS (
    INSERT INTO organizations (id, subdomain, name)
    SELECT ${FIRST_ORGANIZATION} + n, 'place-' || n, '' FROM generate_series(1, ${INSTALLS}) AS n RETURNING id
  ), installed AS (
    INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
    SELECT apps.id, places.id, $3, 'app', '{posts:read,posts:write}', '{}', now()
    FROM places, apps WHERE client_id = $1 RETURNING id, organization_id
  ), hashed AS (
    SELECT id, coalesce(($2::bytea[])[organization_id - ${FIRST_ORGANIZATION}], sha256(uuid_send(id))) AS hash FROM installed
  )
  INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
  SELECT id, 0, hash, sha256(hash), now(), now() + interval '1 day' FROM hashed`;

/** What all replicas say of the tokens that are known, without repetition. */
async function answers(): Promise<string[]> {
  const asked = await Promise.all(cluster.current.replicas.map((replica) => replica.introspectMany(tokens)));
  return [...new Set(asked.flat().map(({ active, scopes }) => (active ? scopes.join(' ') : 'inactive')))];
}

test('an app with very many installs is suspended, narrowed and deleted, each in one call', {
  timeout: LIMIT_MS,
}, async () => {
  for (let time = 0; time < 4; time++) expect(await answers()).toEqual(['posts:read posts:write']);
  await world.suspendApp(app);
  expect(await answers()).toEqual(['inactive']);
  await world.resumeApp(app);
  expect(await answers()).toEqual(['posts:read posts:write']);
  expectStatus(200, await world.changeApp(app, { declared_scopes: ['posts:read'] }));
  expect(await answers()).toEqual(['posts:read']);
  expectStatus(204, await world.deleteApp(app));
  expect(await answers()).toEqual(['inactive']);
});
