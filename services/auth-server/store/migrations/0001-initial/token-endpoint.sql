-- What the token endpoint reads and writes at every call, as functions: their plans are kept in each session of Postgres
-- without named statements, so also behind a pooler that gives each transaction another session. Planning these joins
-- takes ten times as long as running them. Parameters begin with an underscore.

-- The app that has this client id and this secret, deleted ones excepted.
CREATE FUNCTION find_client(_client_id text, _secret_hash bytea, _now timestamptz) RETURNS TABLE (
  id bigint, client_id text, bot_user_id bigint, name text, redirect_uris text[], allowed_actor_modes text[],
  declared_scopes text[], webhook_url text, subscribed_webhook_events text[], require_pkce boolean, status text,
  created_at timestamptz, updated_at timestamptz, owner_id bigint, owner_subdomain text, owner_name text, owner_status text
)
STABLE LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT apps.id, apps.client_id, apps.bot_user_id, apps.name, apps.redirect_uris, apps.allowed_actor_modes,
    apps.declared_scopes, apps.webhook_url, apps.subscribed_webhook_events, apps.require_pkce, apps.status,
    apps.created_at, apps.updated_at, owner.id, owner.subdomain, owner.name, owner.status
  FROM app_secrets JOIN apps ON apps.id = app_secrets.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  WHERE app_secrets.secret_hash = _secret_hash AND apps.client_id = _client_id AND apps.deleted_at IS NULL
    AND (app_secrets.expires_at IS NULL OR app_secrets.expires_at > _now);
END $$;

-- The pair that has this access token or this refresh token; the other hash is null. Also ended pairs.
CREATE FUNCTION find_pair(access bytea, refresh bytea) RETURNS TABLE (
  id bigint, install_id uuid, code_id bigint, app_id bigint, organization_id bigint, installed_by bigint, end_reason text,
  ended_at timestamptz, window_started_at timestamptz, window_refreshes integer
)
STABLE LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  IF access IS NOT NULL THEN
    RETURN QUERY SELECT tokens.id, tokens.install_id, tokens.code_id, installs.app_id, installs.organization_id,
      installs.installed_by, tokens.end_reason, tokens.ended_at, tokens.window_started_at, tokens.window_refreshes
    FROM tokens JOIN installs ON installs.id = tokens.install_id WHERE tokens.access_hash = access;
  ELSE
    RETURN QUERY SELECT tokens.id, tokens.install_id, tokens.code_id, installs.app_id, installs.organization_id,
      installs.installed_by, tokens.end_reason, tokens.ended_at, tokens.window_started_at, tokens.window_refreshes
    FROM tokens JOIN installs ON installs.id = tokens.install_id WHERE tokens.refresh_hash = refresh;
  END IF;
END $$;

-- What an install grants now, and whether it may be used; the first that holds of: ended, suspended (it passes by itself),
-- not_member (the user of a 'self' install), usable.
CREATE FUNCTION grant_of_install(_install_id uuid) RETURNS TABLE (standing text, scopes text[])
STABLE LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
  RETURN QUERY SELECT
    CASE
      WHEN installs.status <> 'active' OR why_ended(apps, target, installs) IS NOT NULL THEN 'ended'
      WHEN apps.status <> 'active' OR owner.status <> 'active' OR target.status <> 'active' THEN 'suspended'
      WHEN installs.actor_mode = 'self' AND NOT EXISTS (
        SELECT FROM memberships
        WHERE memberships.organization_id = target.id AND memberships.user_id = installs.installed_by) THEN 'not_member'
      ELSE 'usable'
    END,
    intersect_in_order(installs.granted_scopes, apps.declared_scopes)
  FROM installs JOIN apps ON apps.id = installs.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  JOIN organizations AS target ON target.id = installs.organization_id
  WHERE installs.id = _install_id;
END $$;

-- Ends a pair as refreshed and says what its install grants. No row: it is not live any more.
CREATE FUNCTION take_pair(_pair_id bigint, _now timestamptz) RETURNS TABLE (standing text, scopes text[])
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE of_install uuid;
BEGIN
  UPDATE tokens SET ended_at = _now, end_reason = 'refreshed' WHERE id = _pair_id AND ended_at IS NULL
  RETURNING install_id INTO of_install;
  IF FOUND THEN RETURN QUERY SELECT * FROM grant_of_install(of_install); END IF;
END $$;

-- Uses a code, and says what consent rested on as it is now. No row: it was used, voided, replaced or has expired.
CREATE FUNCTION take_code(_code_id bigint, _code_hash bytea, _now timestamptz) RETURNS TABLE (
  is_app_active boolean, is_owner_active boolean, redirect_uris text[], allowed_actor_modes text[],
  declared_scopes text[], subscribed_webhook_events text[], subdomain text, is_organization_active boolean, role text
)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY WITH taken AS (
    UPDATE authorization_codes AS codes SET consumed_at = _now
    WHERE codes.id = _code_id AND codes.code_hash = _code_hash AND codes.consumed_at IS NULL AND codes.voided_at IS NULL
      AND codes.expires_at > _now
    RETURNING codes.app_id, codes.organization_id, codes.user_id
  )
  SELECT apps.status = 'active' AND apps.deleted_at IS NULL, owner.status = 'active', apps.redirect_uris,
    apps.allowed_actor_modes, apps.declared_scopes, apps.subscribed_webhook_events, target.subdomain,
    target.status = 'active', memberships.role
  FROM taken JOIN apps ON apps.id = taken.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  JOIN organizations AS target ON target.id = taken.organization_id
  LEFT JOIN memberships ON memberships.organization_id = target.id AND memberships.user_id = taken.user_id;
END $$;

-- Makes an install or replaces its grant. No row: an install stands in the way that has ended and whose row does not say
-- so yet.
CREATE FUNCTION put_install(
  _app_id bigint, _organization_id bigint, _installed_by bigint, _actor_mode text, _scopes text[], _events text[],
  _now timestamptz
) RETURNS TABLE (id uuid, is_new boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY INSERT INTO installs AS installs (
    app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
  VALUES (_app_id, _organization_id, _installed_by, _actor_mode, _scopes, _events, _now)
  ON CONFLICT (app_id, organization_id) WHERE status = 'active' DO UPDATE SET
    installed_by = _installed_by, actor_mode = _actor_mode, granted_scopes = _scopes, granted_webhook_events = _events,
    installed_at = _now
    WHERE EXISTS (
      SELECT FROM apps, organizations AS target
      WHERE apps.id = installs.app_id AND target.id = installs.organization_id
        AND why_ended(apps, target, installs) IS NULL)
  -- A row that was updated has the id of the transaction that did it as its xmax, a new one has none.
  RETURNING installs.id, installs.xmax = 0;
END $$;
