-- What the token endpoint reads and writes at every call, as functions: their plans are kept in each session of Postgres
-- without named statements, so also behind a pooler that gives each transaction another session. Planning these joins
-- takes ten times as long as running them. Parameters begin with an underscore.

-- The app that has this client id and this secret, also a suspended one, not a deleted one.
CREATE FUNCTION find_client(_client_id text, _secret_hash bytea, _now timestamptz)
RETURNS TABLE (app_id bigint, owner_id bigint)
STABLE LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT apps.id, apps.owner_organization_id
  FROM app_secrets JOIN apps ON apps.id = app_secrets.app_id
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

-- Ends a pair as refreshed and says what its install grants. No row: it is not live any more.
CREATE FUNCTION take_pair(_pair_id bigint, _now timestamptz) RETURNS TABLE (inactive text, scopes text[])
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE of_install uuid;
BEGIN
  -- By end_reason: with ended_at, a scan of all live pairs by tokens_live would look as cheap while the table is small.
  UPDATE tokens SET ended_at = _now, end_reason = 'refreshed' WHERE id = _pair_id AND end_reason IS NULL
  RETURNING install_id INTO of_install;
  IF FOUND THEN
    RETURN QUERY SELECT inactive, scopes FROM install_grants WHERE install_id = of_install;
  END IF;
END $$;

-- Uses a code, and says what consent rested on as it is now. No row: it was used, voided, replaced or has expired.
CREATE FUNCTION take_code(_code_id bigint, _code_hash bytea, _now timestamptz) RETURNS TABLE (
  is_app_active boolean, is_owner_active boolean, redirect_uris text[], allowed_actor_modes text[],
  declared_scopes text[], subscribed_webhook_events text[], subdomain text, is_organization_active boolean, role text
)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE code record;
BEGIN
  -- Conditions that no index answers but that of the id: those of open codes would be scanned to their end.
  UPDATE authorization_codes SET consumed_at = _now
  WHERE id = _code_id AND code_hash = _code_hash AND coalesce(consumed_at, voided_at) IS NULL
    AND expires_at - _now > interval '0'
  RETURNING app_id, organization_id, user_id INTO code;
  IF FOUND THEN
    RETURN QUERY SELECT apps.status = 'active' AND apps.deleted_at IS NULL, owner.status = 'active', apps.redirect_uris,
      apps.allowed_actor_modes, apps.declared_scopes, apps.subscribed_webhook_events, target.subdomain,
      target.status = 'active',
      (SELECT role FROM memberships WHERE organization_id = code.organization_id AND user_id = code.user_id)
    FROM apps JOIN organizations AS owner ON owner.id = apps.owner_organization_id
    CROSS JOIN organizations AS target
    WHERE apps.id = code.app_id AND target.id = code.organization_id;
  END IF;
END $$;

-- Makes an install or replaces its grant. No row: an install stands in the way that has ended and whose row does not say
-- so yet.
CREATE FUNCTION put_install(
  _app_id bigint, _organization_id bigint, _installed_by bigint, _actor_mode text, _scopes text[], _events text[],
  _now timestamptz
) RETURNS TABLE (id uuid, is_new boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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

-- Inserts a pair and the audit event of the grant that it is issued for, in one statement: on its own, each insert costs
-- as much again to parse and plan.
CREATE FUNCTION issue_pair(
  _install_id uuid, _code_id bigint, _access_hash bytea, _refresh_hash bytea, _issued_at timestamptz,
  _access_expires_at timestamptz, _window_started_at timestamptz, _window_refreshes integer,
  _action text, _performed_by text, _organization_id bigint, _client_id text, _details jsonb, _ip_address text,
  _request_id text
) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at, window_started_at,
    window_refreshes)
  VALUES (_install_id, _code_id, _access_hash, _refresh_hash, _issued_at, _access_expires_at, _window_started_at,
    _window_refreshes);
  INSERT INTO audit_events (occurred_at, action, performed_by, organization_id, client_id, install_id, details, ip_address,
    request_id)
  VALUES (_issued_at, _action, _performed_by, _organization_id, _client_id, _install_id, _details, _ip_address,
    _request_id);
END $$;
