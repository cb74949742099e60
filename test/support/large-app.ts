import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import type { Tables } from './tables.ts';
import { OWNER_ADMIN, type RegisteredApp } from './world.ts';

/** Beyond the ids that tests give. */
const FIRST_ORGANIZATION = 10_000_000;
let organizations = FIRST_ORGANIZATION;

const GRANTED = ['posts:read', 'posts:write'];

/**
 * Installs an app into so many new organizations, each with a live token, straight into the tables. Returns some of the
 * tokens; nobody knows the others.
 */
export async function installIntoMany(
  tables: Tables,
  { credentialKey, app, installs, known }: InstallIntoMany,
): Promise<string[]> {
  const format = new CredentialFormat([credentialKey]);
  const tokens = Array.from({ length: known }, () => format.mint('access_token').reveal());
  const first = organizations;
  organizations += installs;
  // Foreign keys hold by construction; to check them is half of the work.
  await tables.rows('SET session_replication_role = replica');
  await tables.rows(INSERT_ORGANIZATIONS, [first, installs]);
  await tables.rows(INSERT_INSTALLS, [first, installs, app.clientId, OWNER_ADMIN, GRANTED]);
  await tables.rows(INSERT_TOKENS, [first, installs, tokens.map(hashCredential)]);
  await tables.rows('RESET session_replication_role');
  await tables.rows('ANALYZE');
  return tokens;
}

export interface InstallIntoMany {
  /** Of the system: what its tokens are checked with. */
  readonly credentialKey: string;
  readonly app: RegisteredApp;
  readonly installs: number;
  /** How many of the tokens are returned. */
  readonly known: number;
}

const INSERT_ORGANIZATIONS = `
  INSERT INTO organizations (id, subdomain, name)
  SELECT id, 'many-' || id, 'Many' FROM generate_series($1::bigint, $1::bigint + $2::int - 1) AS id`;

const INSERT_INSTALLS = `
  INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
  SELECT apps.id, organizations.id, $4::bigint, 'app', $5::text[], '{}', now()
  FROM apps, organizations
  WHERE client_id = $3 AND organizations.id >= $1::bigint AND organizations.id < $1::bigint + $2::int`;

/** The first ones get the hashes that are given. */
const INSERT_TOKENS = `
  INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
  SELECT id, 0, coalesce(($3::bytea[])[organization_id - $1::bigint + 1], sha256(uuid_send(id))),
    sha256(uuid_send(id) || 'refresh'::bytea), now(), now() + interval '1 day'
  FROM installs WHERE organization_id >= $1::bigint AND organization_id < $1::bigint + $2::int`;
