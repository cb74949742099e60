import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../services/auth-server/store/schema.ts';

/** The app that `installMany` makes. */
export const APP = 1;
export const SCOPES = ['posts:read', 'posts:write'];

/**
 * One app (of organization 1, by user 1) that is installed into so many organizations, every tenth time in `self` mode, each
 * with a live pair.
 */
export async function installMany(db: Kysely<Schema>, installs: number): Promise<string[]> {
  await sql`INSERT INTO users (id, name, email, profile_picture) VALUES (1, '', '', '')`.execute(db);
  await sql`
    INSERT INTO organizations (id, subdomain, name)
    SELECT id, 'o' || id, '' FROM generate_series(1, ${installs}::int) AS id`.execute(db);
  await sql`
    INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
      webhook_url, subscribed_webhook_events, require_pkce, created_at, updated_at)
    VALUES ('app', 1, '', '{}', '{app,self}', ${SCOPES}, 'https://app.example/hooks', '{app_uninstalled}', false,
      now(), now())`.execute(db);
  const { rows } = await sql<{ id: string }>`
    INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
    SELECT ${APP}, id, 1, CASE WHEN id % 10 = 0 THEN 'self' ELSE 'app' END, ${SCOPES}, '{}', now() - interval '1 day'
    FROM organizations RETURNING id`.execute(db);
  await sql`
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at)
    SELECT id, 1, sha256(uuid_send(id)), sha256(uuid_send(id) || 'r'), now(), now() + interval '1 day'
    FROM installs`.execute(db);
  return rows.map(({ id }) => id);
}
