import { type Kysely, sql } from 'kysely';

/**
 * A change writes one row for each cache key (an entry or a stamp) whatever hangs below it, and taking an app away or
 * narrowing it is one row, too. The previous version writes `pending_drops` and reads what is granted from `installs`
 * alone, so its servers must have stopped before this runs. What `pending_drops` holds then is about entries that this
 * version never reads: all its keys are new.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    DROP TABLE pending_drops;

    -- Cache keys that committed changes still have to drop: the entry of one token, or the stamp of an app, an organization
    -- or a user. Written with the change, deleted once the drop has been made.
    CREATE TABLE pending_invalidations (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      change_id bytea NOT NULL CHECK (length(change_id) = 8),
      access_hash bytea,
      install_id uuid,
      stamp_kind text,
      stamp_id bigint,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK (
        access_hash IS NOT NULL AND install_id IS NOT NULL AND stamp_kind IS NULL AND stamp_id IS NULL
        OR access_hash IS NULL AND install_id IS NULL AND stamp_kind IN ('app', 'organization', 'user')
          AND stamp_id IS NOT NULL)
    );
    CREATE INDEX pending_invalidations_by_install ON pending_invalidations (install_id) WHERE install_id IS NOT NULL;
    CREATE INDEX pending_invalidations_by_stamp ON pending_invalidations (stamp_kind, stamp_id) WHERE stamp_kind IS NOT NULL;

    -- Inserts the row of an install's change, if that alters answers and there is a live pair, and finds what earlier changes
    -- of the install and of all above it have left. A function, so that a connection plans it once: every refresh runs it.
    CREATE FUNCTION begin_invalidation_of_install(
      new_change_id bytea, of_app bigint, of_organization bigint, alters_answers boolean
    ) RETURNS TABLE (is_own boolean, id bigint, change_id bytea, access_hash bytea, stamp_kind text, stamp_id bigint)
    LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    BEGIN
      RETURN QUERY
      WITH own AS (
        INSERT INTO pending_invalidations (change_id, access_hash, install_id)
        SELECT new_change_id, tokens.access_hash, tokens.install_id
        FROM installs JOIN tokens ON tokens.install_id = installs.id
        WHERE alters_answers AND installs.app_id = of_app AND installs.organization_id = of_organization
          AND installs.status = 'active' AND tokens.ended_at IS NULL
        RETURNING *
      ), installs_ever AS MATERIALIZED (
        SELECT id, installed_by FROM installs WHERE app_id = of_app AND organization_id = of_organization
      ), outstanding AS (
        SELECT * FROM pending_invalidations WHERE install_id IN (SELECT id FROM installs_ever)
        UNION ALL
        SELECT pending_invalidations.* FROM pending_invalidations JOIN (
          SELECT 'app' AS kind, of_app AS id
          UNION SELECT 'organization', of_organization
          UNION SELECT 'organization', owner_organization_id FROM apps WHERE id = of_app
          UNION SELECT 'user', installed_by FROM installs_ever
        ) AS above ON stamp_kind = above.kind AND stamp_id = above.id
      )
      SELECT true, own.id, own.change_id, own.access_hash, own.stamp_kind, own.stamp_id FROM own
      UNION ALL
      SELECT false, outstanding.id, outstanding.change_id, outstanding.access_hash, outstanding.stamp_kind,
        outstanding.stamp_id FROM outstanding;
    END $$;

    -- Apps that were narrowed or deleted and whose installs still have to be cut or ended. Written with the change; the job
    -- takes the installs in the order of their ids and moves last_install_id along.
    CREATE TABLE pending_app_updates (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      app_id bigint NOT NULL REFERENCES apps,
      reason text NOT NULL CHECK (reason IN ('narrowed', 'deleted')),
      last_install_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
      installs_done bigint NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL
    );
    CREATE INDEX pending_app_updates_by_app ON pending_app_updates (app_id, id);

    -- The items that are allowed, in their order.
    CREATE FUNCTION intersect_in_order(items text[], allowed text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
      SELECT CASE WHEN items <@ allowed THEN items ELSE ARRAY(
        SELECT item FROM unnest(items) WITH ORDINALITY AS listed (item, place)
        WHERE item = ANY (allowed) ORDER BY place)
      END
    $$;

    -- Whether an app still has its installs of that mode; null without a mode.
    CREATE FUNCTION app_permits(app apps, actor_mode text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
      SELECT app.deleted_at IS NULL AND actor_mode = ANY (app.allowed_actor_modes)
    $$;

    -- Installs as they count now: cut to what the app still has, and ended where the app is deleted or no longer offers the
    -- actor mode, also while the rows of installs do not say so yet.
    CREATE VIEW current_installs AS
      SELECT installs.id, installs.app_id, installs.organization_id, installs.installed_by, installs.actor_mode,
        intersect_in_order(installs.granted_scopes, apps.declared_scopes) AS granted_scopes,
        intersect_in_order(installs.granted_webhook_events, apps.subscribed_webhook_events) AS granted_webhook_events,
        installs.status = 'active' AND app_permits(apps, installs.actor_mode) AS is_active,
        CASE
          WHEN installs.status <> 'active' THEN installs.end_reason
          WHEN apps.deleted_at IS NOT NULL THEN 'app_deleted'
          WHEN NOT app_permits(apps, installs.actor_mode) THEN 'mode_withdrawn'
        END AS end_reason,
        installs.installed_at, installs.last_used_at
      FROM installs JOIN apps ON apps.id = installs.app_id;

    -- Also ended ones: lists, and what the job takes a page of.
    CREATE INDEX installs_by_app ON installs (app_id, id DESC);
    CREATE INDEX installs_by_installing_user ON installs (installed_by, organization_id);
    DROP INDEX installs_by_user;

    -- Voiding takes those that may still be used, past the many that have expired unused.
    CREATE INDEX authorization_codes_open_by_app ON authorization_codes (app_id, expires_at)
      WHERE consumed_at IS NULL AND voided_at IS NULL;
    CREATE INDEX authorization_codes_open_by_organization ON authorization_codes (organization_id, expires_at)
      WHERE consumed_at IS NULL AND voided_at IS NULL;
    CREATE INDEX authorization_codes_open_by_user ON authorization_codes (user_id, expires_at)
      WHERE consumed_at IS NULL AND voided_at IS NULL;
    DROP INDEX authorization_codes_by_user;
  `.execute(db);
}
