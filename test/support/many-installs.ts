import type { AppId, InstallId } from '../../services/auth-server/domain/ids.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { Tables } from './tables.ts';
import { OWNER_ADMIN, type RegisteredApp } from './world.ts';

/** The app of `installMany`. */
export const APP = 1 as AppId;
export const SCOPES = ['posts:read', 'posts:write'];

/** Far from the ids of other organizations. */
let nextOrganization = 10_000_000;

export interface InstallIntoManyOptions {
  /** The credential key of the system, for minting tokens. */
  readonly credentialKey: string;
  readonly app: RegisteredApp;
  readonly installs: number;
  /** How many of the tokens are returned. The others are unknown. */
  readonly known: number;
}

/** Installs a registered app into new organizations, each with a live token. Returns some of the tokens. */
export async function installIntoMany(
  tables: Tables,
  { credentialKey, app, installs, known }: InstallIntoManyOptions,
): Promise<string[]> {
  const format = new CredentialFormat([credentialKey]);
  const tokens = Array.from({ length: known }, () => format.mint('access_token').reveal());
  const first = nextOrganization;
  nextOrganization += installs;
  // Skips triggers and foreign key checks, which take half of the time.
  await tables.rows('SET session_replication_role = replica');
  await tables.rows(INSERT_ORGANIZATIONS, [first, installs]);
  await tables.rows(INSERT_INSTALLS, [first, installs, app.clientId, OWNER_ADMIN, SCOPES, null]);
  await tables.rows(INSERT_TOKENS, [first, installs, tokens.map(hashCredential)]);
  await tables.rows('RESET session_replication_role');
  await tables.rows('ANALYZE');
  return tokens;
}

/**
 * Fills an empty database with one app of organization 1, installed by user 1 into organizations 1 to `installs`. Every tenth
 * install is in `self` mode, and each has a live token pair. Returns the ids of the installs.
 */
export async function installMany(databaseUrl: string, installs: number): Promise<InstallId[]> {
  const tables = new Tables(databaseUrl);
  await tables.rows("INSERT INTO users (id, name, email, profile_picture) VALUES (1, '', '', '')");
  await tables.rows(INSERT_ORGANIZATIONS, [1, installs]);
  await tables.rows(INSERT_APP, [SCOPES]);
  const rows = await tables.rows<{ id: InstallId }>(INSERT_INSTALLS, [1, installs, 'app', 1, SCOPES, 10]);
  await tables.rows(INSERT_TOKENS, [1, installs, []]);
  await tables.close();
  return rows.map(({ id }) => id);
}

const INSERT_ORGANIZATIONS = `
  INSERT INTO organizations (id, subdomain, name)
  SELECT id, 'o' || id, '' FROM generate_series($1::bigint, $1::bigint + $2::int - 1) AS id`;

const INSERT_APP = `
  INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
    webhook_url, subscribed_webhook_events, require_pkce, created_at, updated_at)
  VALUES ('app', 1, '', '{}', '{app,self}', $1, 'https://app.example/hooks', '{app_uninstalled}', false, now(), now())`;

const INSERT_INSTALLS = `
  INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
  SELECT apps.id, organizations.id, $4::bigint, CASE WHEN organizations.id % $6::int = 0 THEN 'self' ELSE 'app' END,
    $5::text[], '{}', now() - interval '1 day'
  FROM apps, organizations
  WHERE client_id = $3 AND organizations.id >= $1::bigint AND organizations.id < $1::bigint + $2::int
  RETURNING installs.id`;

/** The installs of the first organizations get the hashes in $3. */
const INSERT_TOKENS = `
  INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
  SELECT id, 0, coalesce(($3::bytea[])[organization_id - $1::bigint + 1], sha256(uuid_send(id))),
    sha256(uuid_send(id) || 'refresh'::bytea), now(), now() + interval '1 day'
  FROM installs WHERE organization_id >= $1::bigint AND organization_id < $1::bigint + $2::int`;
