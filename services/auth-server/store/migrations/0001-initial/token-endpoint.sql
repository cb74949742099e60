-- The statements of the token and revocation endpoints, as functions. Each Postgres session caches their plans without named
-- statements, which also works with transaction pooling. Planning these joins takes ten times as long as executing them. Some
-- functions turn hash and merge joins off, because these look as cheap as the index while a table is small, and the plan is kept
-- when it grows.

-- The app with this client id and secret. Includes suspended apps, excludes deleted ones.
CREATE FUNCTION find_client(_client_id text, _secret_hash bytea, _now timestamptz)
RETURNS TABLE (app_id bigint, owner_id bigint, secret_id bigint)
STABLE LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT apps.id, apps.owner_organization_id, app_secrets.id
  FROM app_secrets JOIN apps ON apps.id = app_secrets.app_id
  WHERE app_secrets.secret_hash = _secret_hash AND apps.client_id = _client_id AND apps.deleted_at IS NULL
    AND (app_secrets.expires_at IS NULL OR app_secrets.expires_at > _now);
END $$;

-- The pair with this access or refresh token; one of the hashes is null. Includes ended pairs.
CREATE FUNCTION find_pair(access bytea, refresh bytea) RETURNS TABLE (
  id bigint, install_id uuid, code_id bigint, access_hash bytea, app_id bigint, organization_id bigint, installed_by bigint,
  end_reason text, ended_at timestamptz, window_started_at timestamptz, window_refreshes integer
)
STABLE LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  IF access IS NOT NULL THEN
    RETURN QUERY SELECT tokens.id, tokens.install_id, tokens.code_id, tokens.access_hash, installs.app_id,
      installs.organization_id, installs.installed_by, tokens.end_reason, tokens.ended_at, tokens.window_started_at,
      tokens.window_refreshes
    FROM tokens JOIN installs ON installs.id = tokens.install_id WHERE tokens.access_hash = access;
  ELSE
    RETURN QUERY SELECT tokens.id, tokens.install_id, tokens.code_id, tokens.access_hash, installs.app_id,
      installs.organization_id, installs.installed_by, tokens.end_reason, tokens.ended_at, tokens.window_started_at,
      tokens.window_refreshes
    FROM tokens JOIN installs ON installs.id = tokens.install_id WHERE tokens.refresh_hash = refresh;
  END IF;
END $$;

-- Revokes the access token of a live pair; returns the organization of its install. No row if the pair is not live, or its
-- access token was revoked before.
CREATE FUNCTION revoke_access(pair_id bigint, _now timestamptz) RETURNS TABLE (id bigint, subdomain text)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY UPDATE tokens SET access_revoked_at = _now
  FROM installs JOIN organizations ON organizations.id = installs.organization_id
  WHERE tokens.id = pair_id AND access_revoked_at IS NULL AND tokens.end_reason IS NULL AND installs.id = tokens.install_id
  RETURNING organizations.id, subdomain;
END $$;

-- The functions below take one array element for each token request of a transaction (docs/adr/0015); `place` counts from 1.

-- Redeems the refresh tokens of pairs: ends the pairs and returns what their installs grant. `inactive`: why the install cannot
-- be used; null if it can. No row for a pair that is not live.
CREATE FUNCTION redeem_pairs(pair_ids bigint[], times timestamptz[])
RETURNS TABLE (place bigint, inactive text, scopes text[])
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  -- Tests end_reason and not ended_at. While the table is small, the planner would otherwise scan all live pairs (tokens_live).
  RETURN QUERY
  WITH redeemed AS (
    UPDATE tokens SET ended_at = pair.now, end_reason = 'refreshed'
    FROM unnest(pair_ids, times) WITH ORDINALITY AS pair (id, now, place)
    WHERE tokens.id = pair.id AND end_reason IS NULL
    RETURNING pair.place, install_id
  )
  SELECT redeemed.place, install_grants.inactive, install_grants.scopes
  FROM redeemed JOIN install_grants ON install_grants.install_id = redeemed.install_id;
END $$;

-- Redeems codes and returns the current state of everything that consent checked. No row for a code that has expired, or was
-- redeemed, voided or replaced.
CREATE FUNCTION redeem_codes(code_ids bigint[], code_hashes bytea[], times timestamptz[]) RETURNS TABLE (
  place bigint, is_app_active boolean, is_owner_active boolean, redirect_uris text[], allowed_actor_modes text[],
  declared_scopes text[], subscribed_webhook_events text[], subdomain text, is_organization_active boolean, role text,
  verification text, policy jsonb
)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  -- coalesce() and the subtraction keep the planner from using the partial indexes of outstanding codes, or
  -- authorization_codes_by_expiry: it would scan one completely instead of finding each code by its id.
  RETURN QUERY
  WITH redeemed AS (
    UPDATE authorization_codes AS codes SET consumed_at = code.now
    FROM unnest(code_ids, code_hashes, times) WITH ORDINALITY AS code (id, hash, now, place)
    WHERE codes.id = code.id AND codes.code_hash = code.hash AND coalesce(consumed_at, voided_at) IS NULL
      AND expires_at - code.now > interval '0'
    RETURNING code.place, app_id, organization_id, user_id
  )
  SELECT redeemed.place, apps.status = 'active' AND apps.deleted_at IS NULL, owner.status = 'active', apps.redirect_uris,
    apps.allowed_actor_modes, apps.declared_scopes, apps.subscribed_webhook_events, target.subdomain,
    target.status = 'active',
    (SELECT role FROM memberships
      WHERE memberships.organization_id = member_organization(redeemed.organization_id)
        AND memberships.user_id = redeemed.user_id),
    apps.verification,
    (SELECT to_jsonb(install_policies) FROM install_policies
      WHERE install_policies.organization_id = redeemed.organization_id)
  FROM redeemed JOIN apps ON apps.id = redeemed.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  JOIN organizations AS target ON target.id = redeemed.organization_id;
END $$;

-- Creates installs or replaces their grants; `scopes` and `events` are lists separated by spaces. No row for an install that
-- has ended but whose row is not updated yet.
CREATE FUNCTION put_installs(
  app_ids bigint[], organization_ids bigint[], users bigint[], actor_modes text[], scopes text[], events text[],
  times timestamptz[]
) RETURNS TABLE (id uuid, is_new boolean, app_id bigint, organization_id bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY INSERT INTO installs AS installs (
    app_id, organization_id, installed_by, actor_mode, granted_scopes, granted_webhook_events, installed_at)
  SELECT app_id, organization_id, installed_by, actor_mode, string_to_array(scopes, ' '), string_to_array(events, ' '), now
  FROM unnest(app_ids, organization_ids, users, actor_modes, scopes, events, times)
    AS granted (app_id, organization_id, installed_by, actor_mode, scopes, events, now)
  ON CONFLICT (app_id, organization_id) WHERE status = 'active' DO UPDATE SET
    installed_by = excluded.installed_by, actor_mode = excluded.actor_mode, granted_scopes = excluded.granted_scopes,
    granted_webhook_events = excluded.granted_webhook_events, installed_at = excluded.installed_at
    WHERE EXISTS (
      SELECT FROM apps, organizations AS target
      WHERE apps.id = installs.app_id AND target.id = installs.organization_id
        AND why_ended(apps, target, installs) IS NULL)
  -- xmax is 0 for an inserted row, and the id of this transaction for an updated one.
  RETURNING installs.id, installs.xmax = 0, installs.app_id, installs.organization_id;
END $$;

-- Inserts pairs and their audit events.
CREATE FUNCTION issue_pairs(
  install_ids uuid[], code_ids bigint[], access_hashes bytea[], refresh_hashes bytea[], times timestamptz[],
  access_expiries timestamptz[], window_starts timestamptz[], window_refresh_counts integer[],
  actions text[], performers text[], organization_ids bigint[], client_ids text[], details_of_events jsonb[],
  ip_addresses text[], request_ids text[]
) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at, window_started_at,
    window_refreshes)
  SELECT * FROM unnest(install_ids, code_ids, access_hashes, refresh_hashes, times, access_expiries, window_starts,
    window_refresh_counts);
  INSERT INTO audit_events (occurred_at, action, performed_by, organization_id, client_id, install_id, details, ip_address,
    request_id)
  SELECT * FROM unnest(times, actions, performers, organization_ids, client_ids, install_ids, details_of_events,
    ip_addresses, request_ids);
END $$;
