-- Ends installs and their pairs of tokens, cancels the deliveries of their hooks, and returns the ended installs. With a reason
-- it ends active installs. Without one it records the end of installs that have ended according to why_ended. Locks installs in
-- the order of ids, to avoid deadlocks.
CREATE FUNCTION end_installs(_install_ids uuid[], _reason text, _now timestamptz)
RETURNS TABLE (id uuid, app_id bigint, organization_id bigint, subdomain text, end_reason text)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE ended_ids uuid[];
BEGIN
  WITH locked AS MATERIALIZED (
    SELECT id FROM installs
    WHERE id = ANY (_install_ids) AND status = 'active' AND (_reason IS NOT NULL) = ((
      SELECT why_ended(apps, target, installs) FROM apps, organizations AS target
      WHERE apps.id = installs.app_id AND target.id = installs.organization_id) IS NULL)
    ORDER BY id FOR NO KEY UPDATE
  ), ended AS (
    UPDATE installs SET status = 'revoked', ended_at = _now, end_reason = coalesce(_reason, (
      SELECT why_ended(apps, target, installs) FROM apps, organizations AS target
      WHERE apps.id = installs.app_id AND target.id = installs.organization_id))
    WHERE id IN (SELECT id FROM locked) RETURNING id, end_reason
  ), pairs AS (
    UPDATE tokens SET ended_at = _now, end_reason = ended.end_reason
    FROM ended WHERE tokens.install_id = ended.id AND tokens.ended_at IS NULL
  )
  SELECT array_agg(id) INTO ended_ids FROM ended;
  PERFORM cancel_deliveries(ARRAY(SELECT id FROM webhook_hooks WHERE install_id = ANY (ended_ids)));
  RETURN QUERY SELECT installs.id, app_id, organization_id, subdomain, end_reason
  FROM installs JOIN organizations ON organizations.id = organization_id
  WHERE installs.id = ANY (ended_ids);
END $$;
