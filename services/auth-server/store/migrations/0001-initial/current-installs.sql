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
