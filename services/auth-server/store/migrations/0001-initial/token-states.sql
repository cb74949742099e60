-- A function rather than a statement, for the reasons in token-endpoint.sql. Its plan always uses indexes, for 1 to 500 hashes.
-- Fails on a standby with SQLSTATE 25006, because a standby may lag behind revocations.

-- The states of the known tokens in one snapshot. place: the position of the hash, from 1. inactive: null for an active token;
-- callers check expires_at. All other columns are also set for inactive tokens. Times are in ms since 1970.
CREATE FUNCTION states_of_tokens(access_hashes bytea[]) RETURNS TABLE (
  place integer, inactive text, client_id text, install_id uuid, app_id bigint, owner_id bigint, target_id bigint,
  subdomain text, actor_mode text, acting_user_id bigint, scopes text, role text, issued_at bigint, expires_at bigint
)
STABLE LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  IF pg_is_in_recovery() THEN RAISE EXCEPTION 'this is a standby' USING ERRCODE = 'read_only_sql_transaction'; END IF;
  RETURN QUERY SELECT
    requested.place::integer,
    CASE
      WHEN tokens.ended_at IS NOT NULL OR tokens.access_revoked_at IS NOT NULL THEN 'revoked'
      ELSE why_inactive(apps, owner, target, installs, membership.role)
    END,
    apps.client_id, installs.id, apps.id, owner.id, target.id, target.subdomain, installs.actor_mode,
    CASE installs.actor_mode WHEN 'self' THEN installs.installed_by ELSE apps.bot_user_id END,
    CASE
      WHEN installs.granted_scopes <@ apps.declared_scopes THEN array_to_string(installs.granted_scopes, ' ')
      ELSE array_to_string(ARRAY(
        SELECT name FROM unnest(installs.granted_scopes) WITH ORDINALITY AS granted (name, place)
        WHERE name = ANY (apps.declared_scopes) ORDER BY place), ' ')
    END,
    membership.role,
    -- date_part is float8; extract() is numeric, which costs more than the joins.
    (date_part('epoch', tokens.issued_at) * 1000)::bigint,
    (date_part('epoch', tokens.access_expires_at) * 1000)::bigint
  FROM unnest(access_hashes) WITH ORDINALITY AS requested (access_hash, place)
  JOIN tokens ON tokens.access_hash = requested.access_hash
  JOIN installs ON installs.id = tokens.install_id
  JOIN apps ON apps.id = installs.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  JOIN organizations AS target ON target.id = installs.organization_id
  -- OFFSET prevents a lookup for each use of the column.
  CROSS JOIN LATERAL (SELECT CASE installs.actor_mode WHEN 'self' THEN (
    SELECT memberships.role FROM memberships
    WHERE memberships.organization_id = member_organization(installs.organization_id)
      AND memberships.user_id = installs.installed_by
  ) END AS role OFFSET 0) AS membership;
END $$;
