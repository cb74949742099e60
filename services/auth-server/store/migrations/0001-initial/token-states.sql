-- A function for the reasons of token-endpoint.sql. It is planned for few rows over indexes whatever the statistics say:
-- access_hashes are 1 to 500. It decides about access, so it fails on a standby, with SQLSTATE 25006.

-- What each token that is known says now, in one snapshot; its place is that of its hash, from 1. Rows of tokens that
-- are not active have everything, too. Times are in ms since 1970.
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
    asked.place::integer,
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
    -- As float8: extract() computes in numeric, which costs more than the joins.
    (date_part('epoch', tokens.issued_at) * 1000)::bigint,
    (date_part('epoch', tokens.access_expires_at) * 1000)::bigint
  FROM unnest(access_hashes) WITH ORDINALITY AS asked (access_hash, place)
  JOIN tokens ON tokens.access_hash = asked.access_hash
  JOIN installs ON installs.id = tokens.install_id
  JOIN apps ON apps.id = installs.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  JOIN organizations AS target ON target.id = installs.organization_id
  -- OFFSET keeps it from being looked up at each mention.
  CROSS JOIN LATERAL (SELECT CASE installs.actor_mode WHEN 'self' THEN (
    SELECT memberships.role FROM memberships
    WHERE memberships.organization_id = installs.organization_id AND memberships.user_id = installs.installed_by
  ) END AS role OFFSET 0) AS membership;
END $$;
