-- Narrowed or deleted apps and deleted organizations whose install rows are not updated yet. Inserted with the change. The
-- job updates the installs in the order of ids, and last_install_id is the last one done.
CREATE TABLE pending_app_updates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  app_id bigint REFERENCES apps,
  organization_id bigint REFERENCES organizations,
  reason text NOT NULL CHECK (reason IN ('narrowed', 'deleted', 'organization_deleted')),
  last_install_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  installs_done bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  CHECK ((reason = 'organization_deleted') = (app_id IS NULL) AND (app_id IS NULL) <> (organization_id IS NULL))
);
CREATE INDEX pending_app_updates_by_app ON pending_app_updates (app_id, id) WHERE app_id IS NOT NULL;
CREATE INDEX pending_app_updates_by_organization ON pending_app_updates (organization_id)
  WHERE organization_id IS NOT NULL;

-- The allowed items, in their order. Two functions, so that intersect_in_order is inlined: usually all items are allowed.
CREATE FUNCTION filter_in_order(items text[], allowed text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
  SELECT ARRAY(
    SELECT item FROM unnest(items) WITH ORDINALITY AS listed (item, place)
    WHERE item = ANY (allowed) ORDER BY place)
$$;
CREATE FUNCTION intersect_in_order(items text[], allowed text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE WHEN items <@ allowed THEN items ELSE filter_in_order(items, allowed) END
$$;

-- Why an install with an active row has ended; null if it has not. It has ended if the organization or the app is deleted, or
-- if the app no longer offers the actor mode or declares none of the granted scopes.
CREATE FUNCTION why_ended(app apps, target organizations, install installs) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE
    WHEN target.deleted_at IS NOT NULL THEN 'organization_deleted'
    WHEN app.deleted_at IS NOT NULL THEN 'app_deleted'
    WHEN install.actor_mode <> ALL (app.allowed_actor_modes) THEN 'mode_withdrawn'
    WHEN NOT install.granted_scopes && app.declared_scopes THEN 'scopes_withdrawn'
  END
$$;

-- The effective state of installs: limited to what the app declares, and ended as why_ended says, even while the rows of
-- installs are not updated yet.
CREATE VIEW current_installs AS
  SELECT installs.id, installs.app_id, installs.organization_id, installs.installed_by, installs.actor_mode,
    intersect_in_order(installs.granted_scopes, apps.declared_scopes) AS granted_scopes,
    intersect_in_order(installs.granted_webhook_events, apps.subscribed_webhook_events) AS granted_webhook_events,
    installs.status = 'active' AND why_ended(apps, target, installs) IS NULL AS is_active,
    CASE WHEN installs.status = 'active' THEN why_ended(apps, target, installs) ELSE installs.end_reason END AS end_reason,
    installs.installed_at,
    -- The recorded time can be earlier than the use, and even than the first grant, whose time is in the id.
    CASE WHEN last_used_at IS NOT NULL THEN greatest(last_used_at, uuid_extract_timestamp(installs.id)) END AS last_used_at
  FROM installs JOIN apps ON apps.id = installs.app_id
  JOIN organizations AS target ON target.id = installs.organization_id
  LEFT JOIN install_usage ON install_usage.install_id = installs.id;

-- Whether an app, its owner, or the organization of an install is suspended. target is null without an install.
CREATE FUNCTION is_suspended(app apps, owner organizations, target organizations) RETURNS boolean IMMUTABLE
LANGUAGE sql AS $$
  SELECT app.status = 'suspended' OR owner.status = 'suspended' OR target.status IS NOT DISTINCT FROM 'suspended'
$$;

-- Why an install cannot be used now (the first reason that applies); null if it can be used. Tokens and refreshes use only this
-- definition. Webhooks use its parts, because an event during a suspension is stored with a cancelled delivery, which can be
-- replayed. role: the role of the user of a 'self' install; null if the user is not a member.
CREATE FUNCTION why_inactive(
  app apps, owner organizations, target organizations, install installs, role text
) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE
    WHEN install.status <> 'active' OR why_ended(app, target, install) IS NOT NULL THEN 'revoked'
    WHEN is_suspended(app, owner, target) THEN 'suspended'
    WHEN install.actor_mode = 'self' AND role IS NULL THEN 'user_not_member'
  END
$$;

-- The scopes that an install grants now, and why it cannot be used (null if it can).
CREATE VIEW install_grants AS
  SELECT installs.id AS install_id,
    why_inactive(apps, owner, target, installs, (
      SELECT role FROM memberships
      WHERE memberships.organization_id = member_organization(installs.organization_id) AND user_id = installs.installed_by
    )) AS inactive,
    intersect_in_order(installs.granted_scopes, apps.declared_scopes) AS scopes
  FROM installs JOIN apps ON apps.id = installs.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  JOIN organizations AS target ON target.id = installs.organization_id;
