import type { Pool } from 'pg';

export interface ManyInstalls {
  readonly owner: number;
  readonly organization: number;
  readonly count: number;
  /** The webhook URL of all these apps. */
  readonly url: string;
}

/** As many apps, installed in one new organization, past the services: registering and consenting is not what is measured. */
export async function installMany(db: Pool, { owner, organization, count, url }: ManyInstalls): Promise<void> {
  await db.query(
    `INSERT INTO organizations (id, subdomain, name) VALUES ($1, $2, 'Bench') ON CONFLICT (id) DO NOTHING`,
    [organization, `bench-${organization}`],
  );
  await db.query(
    `WITH made AS (
       INSERT INTO apps (client_id, owner_organization_id, name, redirect_uris, allowed_actor_modes, declared_scopes,
         webhook_url, subscribed_webhook_events, require_pkce, created_at, updated_at)
       SELECT 'bench-' || gen_random_uuid(), $1::bigint, 'Bench', '{}', '{app}', '{webhooks:manage}',
         $4, '{post_updated}', false, now(), now()
       FROM generate_series(1, $3::integer) AS n
       RETURNING id
     )
     INSERT INTO installs (app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
     SELECT made.id, $2::bigint, (SELECT min(id) FROM users), 'app', '{webhooks:manage}', '{post_updated}', now() FROM made`,
    [owner, organization, count, url],
  );
}
