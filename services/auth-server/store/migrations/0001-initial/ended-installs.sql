-- Ends those of the installs that stand, with their pairs and the pending deliveries of their hooks; returns them. With a
-- reason those that have not ended in any other way; without one those that have ended as why_ended says, for that reason.
-- Installs are locked in the order of their ids, so that there is no deadlock.
--
-- Deliveries that another statement has locked are left to claim_deliveries, which asks again whether a hook may receive:
-- so nobody's disconnect waits for a delivery.
CREATE FUNCTION end_installs(_install_ids uuid[], _reason text, _now timestamptz)
RETURNS TABLE (id uuid, app_id bigint, organization_id bigint, subdomain text, end_reason text)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY WITH locked AS MATERIALIZED (
    SELECT id FROM installs
    WHERE id = ANY (_install_ids) AND status = 'active' AND (_reason IS NOT NULL) = ((
      SELECT why_ended(apps, target, installs) FROM apps, organizations AS target
      WHERE apps.id = installs.app_id AND target.id = installs.organization_id) IS NULL)
    ORDER BY id FOR NO KEY UPDATE
  ), ended AS (
    UPDATE installs SET status = 'revoked', ended_at = _now, end_reason = coalesce(_reason, (
      SELECT why_ended(apps, target, installs) FROM apps, organizations AS target
      WHERE apps.id = installs.app_id AND target.id = installs.organization_id))
    WHERE id IN (SELECT id FROM locked) RETURNING id, app_id, organization_id, end_reason
  ), cancelled AS (
    UPDATE webhook_deliveries SET status = 'cancelled', next_attempt_at = NULL
    WHERE id IN (
      SELECT id FROM webhook_deliveries
      WHERE status = 'pending' AND (app_id, hook_id) IN (
        SELECT app_id, id FROM webhook_hooks WHERE install_id IN (SELECT id FROM ended))
      FOR UPDATE SKIP LOCKED)
  ), pairs AS (
    UPDATE tokens SET ended_at = _now, end_reason = ended.end_reason
    FROM ended WHERE tokens.install_id = ended.id AND tokens.ended_at IS NULL
  )
  SELECT ended.id, ended.app_id, ended.organization_id, organizations.subdomain, ended.end_reason
  FROM ended JOIN organizations ON organizations.id = ended.organization_id;
END $$;
