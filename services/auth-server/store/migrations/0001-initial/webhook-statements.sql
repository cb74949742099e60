-- Statements of webhooks. token-endpoint.sql says why they are functions.

-- Whether webhooks:manage is an effective scope of an install. Without it, the install receives no events; the other
-- conditions are in current_hooks. The same rule as intersectScopes() and then effectiveScopes() in
-- services/common/scopes/algebra.ts; webhook-authority-table.test.ts compares it with the scopes of tokens. role: the role of
-- the user of a 'self' install; null if the user is not a member.
CREATE FUNCTION has_webhook_scope(app apps, install installs, role text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
  SELECT 'webhooks:manage' = ANY (install.granted_scopes) AND 'webhooks:manage' = ANY (app.declared_scopes)
    AND (install.actor_mode = 'app' OR role IN ('admin', 'manager'))
$$;

-- What publishing, sending and replaying need: the current state of all hooks, including those that receive nothing now.
-- install_id: null for the app's own hook.
-- can_receive: the hook is enabled (disabled_at is null) and has a URL, its app is not deleted, and neither the app, its
-- owner nor the organization of the install is suspended. If it is true, the hook receives the types that are in both
-- subscribed_events and granted_events. Intersecting these here would cost more than all joins of this view.
-- The conditions on status and why_ended are copied from current_installs.is_active, because using that view would join apps
-- again. Do not add joins: claim_deliveries has reached join_collapse_limit, above which the planner does not reorder joins.
CREATE VIEW current_hooks AS
  SELECT hooks.id AS hook_id, hooks.app_id, hooks.install_id, installs.organization_id, apps.webhook_url AS url,
    hooks.secret_nonce, hooks.previous_nonce, hooks.previous_expires_at,
    apps.subscribed_webhook_events AS subscribed_events,
    CASE
      WHEN hooks.install_id IS NULL THEN apps.subscribed_webhook_events
      WHEN installs.status = 'active' AND why_ended(apps, target, installs) IS NULL AND has_webhook_scope(apps, installs, (
        SELECT role FROM memberships
        WHERE memberships.organization_id = member_organization(installs.organization_id) AND user_id = installs.installed_by
      )) THEN installs.granted_webhook_events
      ELSE '{}'
    END AS granted_events,
    hooks.disabled_at IS NULL AND apps.webhook_url IS NOT NULL AND apps.deleted_at IS NULL
      AND NOT is_suspended(apps, owner, target) AS can_receive
  FROM webhook_hooks AS hooks
  JOIN apps ON apps.id = hooks.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  LEFT JOIN installs ON installs.id = hooks.install_id
  LEFT JOIN organizations AS target ON target.id = installs.organization_id;

-- Publishes events, one per element of the arrays, and returns the stored event of each idempotency key. place: the position in
-- the arrays, from 1. Considers the hooks of the organization's active installs. Stores no delivery for a hook that has no URL,
-- or whose subscribed_events or granted_events lack the type. For each of the other hooks, stores a delivery, which is cancelled
-- if can_receive is false. Nothing is published for a key whose event is stored already, for a key that an earlier element has,
-- or for an unknown or deleted organization. Inserts in the order of keys, so that two servers with the same events do not
-- deadlock.
CREATE FUNCTION publish_events(
  _organization_ids bigint[], _types text[], _bodies text[], _idempotency_keys text[], _digests bytea[], _now timestamptz
) RETURNS TABLE (place bigint, organization_exists boolean, event_id uuid, digest bytea, deliveries bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  WITH published AS (
    INSERT INTO webhook_events (organization_id, type, body, idempotency_key, digest, created_at)
    SELECT organization_id, type, body, idempotency_key, digest, _now
    FROM unnest(_organization_ids, _types, _bodies, _idempotency_keys, _digests) WITH ORDINALITY
      AS input (organization_id, type, body, idempotency_key, digest, place)
    -- A scalar subquery, because the planner could turn EXISTS into a join with all organizations.
    WHERE (SELECT true FROM organizations WHERE id = organization_id AND deleted_at IS NULL)
    ORDER BY organization_id, idempotency_key, place
    ON CONFLICT (organization_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING id, organization_id, type
  ), hooks AS MATERIALIZED (
    -- Looks up the hooks once per organization. OFFSET 0 keeps the join order: first the organizations, then their installs, then
    -- the hooks of these installs, each found by index.
    SELECT hooks.* FROM (SELECT DISTINCT organization_id FROM published) AS receiving
    CROSS JOIN LATERAL (
      SELECT id FROM installs WHERE organization_id = receiving.organization_id AND status = 'active' OFFSET 0) AS live
    CROSS JOIN LATERAL (SELECT * FROM current_hooks WHERE install_id = live.id OFFSET 0) AS hooks
  )
  INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
  SELECT published.id, hook_id, app_id, CASE WHEN can_receive THEN 'pending' ELSE 'cancelled' END,
    CASE WHEN can_receive THEN _now END, _now
  FROM published JOIN hooks USING (organization_id)
  WHERE type = ANY (subscribed_events) AND type = ANY (granted_events) AND url IS NOT NULL;

  RETURN QUERY
  SELECT input.place,
    (SELECT true FROM organizations WHERE id = input.organization_id AND deleted_at IS NULL) IS NOT NULL,
    events.id, events.digest,
    (SELECT count(*) FROM webhook_deliveries WHERE event_id = events.id)
  FROM unnest(_organization_ids, _idempotency_keys) WITH ORDINALITY AS input (organization_id, idempotency_key, place)
  LEFT JOIN LATERAL (
    SELECT id, digest FROM webhook_events
    WHERE organization_id = input.organization_id AND idempotency_key = input.idempotency_key OFFSET 0
  ) AS events ON true;
END $$;

-- Enqueues lifecycle and test events, one per element of the arrays, with a delivery to the app's own hook. Skips events of
-- types to which the app does not subscribe, and events of apps without a URL. If the hook cannot receive now, the delivery
-- is stored as cancelled.
CREATE FUNCTION enqueue_lifecycle_events(
  _app_ids bigint[], _organization_ids bigint[], _types text[], _bodies text[], _times timestamptz[]
) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  WITH new_deliveries AS MATERIALIZED (
    SELECT uuidv7() AS id, input.*, hook_id, CASE WHEN can_receive THEN 'pending' ELSE 'cancelled' END AS status,
      CASE WHEN can_receive THEN input.created_at END AS next_attempt_at
    FROM unnest(_app_ids, _organization_ids, _types, _bodies, _times)
      AS input (app_id, organization_id, type, body, created_at)
    JOIN current_hooks AS hooks ON hooks.app_id = input.app_id
    WHERE hooks.install_id IS NULL AND type = ANY (subscribed_events) AND url IS NOT NULL
  ), published AS (
    INSERT INTO webhook_events (id, organization_id, type, body, created_at)
    SELECT id, organization_id, type, body, created_at FROM new_deliveries
  )
  INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
  SELECT id, hook_id, app_id, status, next_attempt_at, created_at FROM new_deliveries;
END $$;

-- Cancels the pending deliveries of hooks. Skips locked deliveries, so that a disconnect never waits for one. This is
-- safe, because claim_deliveries checks again whether the hook may receive them.
CREATE FUNCTION cancel_deliveries(_hook_ids uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  UPDATE webhook_deliveries SET status = 'cancelled', next_attempt_at = NULL
  WHERE id IN (
    SELECT id FROM webhook_deliveries
    WHERE status = 'pending' AND (app_id, hook_id) IN (SELECT app_id, id FROM webhook_hooks WHERE id = ANY (_hook_ids))
    FOR UPDATE SKIP LOCKED);
END $$;

-- Claims due deliveries; within an app, the longest overdue come first. Cancels those whose hooks may not receive them now, and
-- does not return them. Finds the apps with pending deliveries by skipping through the index, so the cost depends on the number
-- of apps and not on their backlogs. Slow apps (whose last attempt failed or took 2 s or longer) come last, and otherwise the
-- order of apps is random. Locks only the rows that it claims or cancels. Does not wait for the disk (docs/adr/0006).
-- _total: the free slots of this server; _of_slow: how many of these may go to slow apps. _known_apps: apps that are slow or have
-- attempts in flight; _known_free: the free slots of each; _known_slow: whether it is slow. _per_app: the free slots of any other
-- app (delivery-slots.ts).
CREATE FUNCTION claim_deliveries(
  _total integer, _of_slow integer, _per_app integer, _known_apps bigint[], _known_free integer[], _known_slow boolean[],
  _now timestamptz, _leased_until timestamptz
) RETURNS TABLE (
  id uuid, app_id bigint, hook_id uuid, failures smallint, url text, body text, secret_nonce bytea, previous_nonce bytea
)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN QUERY
  WITH RECURSIVE queues (app_id) AS (
    (SELECT app_id FROM webhook_deliveries WHERE status = 'pending' ORDER BY app_id LIMIT 1)
    UNION ALL
    SELECT (
      SELECT next.app_id FROM webhook_deliveries AS next
      WHERE next.status = 'pending' AND next.app_id > queues.app_id ORDER BY next.app_id LIMIT 1)
    FROM queues WHERE queues.app_id IS NOT NULL
  ), pending_apps AS MATERIALIZED (
    SELECT queues.app_id, coalesce(free, _per_app) AS free, coalesce(is_slow, false) AS is_slow
    FROM queues
    LEFT JOIN unnest(_known_apps, _known_free, _known_slow) AS known (app_id, free, is_slow) ON known.app_id = queues.app_id
    WHERE queues.app_id IS NOT NULL
  ), due AS MATERIALIZED (
    SELECT id FROM (
      (SELECT locked.id FROM (SELECT app_id, free FROM pending_apps WHERE NOT is_slow ORDER BY random()) AS queue
      CROSS JOIN LATERAL (
        SELECT webhook_deliveries.id FROM webhook_deliveries
        WHERE status = 'pending' AND app_id = queue.app_id AND next_attempt_at <= _now
        ORDER BY next_attempt_at LIMIT queue.free FOR UPDATE SKIP LOCKED
      ) AS locked
      LIMIT _total)
      UNION ALL
      (SELECT locked.id FROM (SELECT app_id, free FROM pending_apps WHERE is_slow ORDER BY random()) AS queue
      CROSS JOIN LATERAL (
        SELECT webhook_deliveries.id FROM webhook_deliveries
        WHERE status = 'pending' AND app_id = queue.app_id AND next_attempt_at <= _now
        ORDER BY next_attempt_at LIMIT queue.free FOR UPDATE SKIP LOCKED
      ) AS locked
      LIMIT _of_slow)
    ) AS found LIMIT _total
  ), claimed AS (
    UPDATE webhook_deliveries AS deliveries SET
      status = CASE WHEN is_wanted THEN 'pending' ELSE 'cancelled' END,
      next_attempt_at = CASE WHEN is_wanted THEN _leased_until END
    FROM due, webhook_events AS events, current_hooks AS hooks,
      LATERAL (SELECT can_receive AND type = ANY (subscribed_events) AND type = ANY (granted_events) AS is_wanted)
    WHERE deliveries.id = due.id AND events.id = deliveries.event_id AND hooks.hook_id = deliveries.hook_id
    RETURNING deliveries.id, deliveries.app_id, deliveries.hook_id, deliveries.failures, deliveries.status, hooks.url,
      events.body, hooks.secret_nonce, CASE WHEN previous_expires_at > _now THEN hooks.previous_nonce END AS previous_nonce
  )
  SELECT claimed.id, claimed.app_id, claimed.hook_id, claimed.failures, claimed.url, claimed.body, claimed.secret_nonce,
    claimed.previous_nonce
  FROM claimed WHERE status = 'pending';
END $$;

-- Stores attempts, one per element of the arrays, and updates their deliveries. Returns the deliveries whose final retry has now
-- failed, except those that were cancelled before. Waits for the disk only if one of _statuses is 'failed' (docs/adr/0006).
-- claim_deliveries has set next_attempt_at to _leased_until. A pending delivery with another value was claimed again or replayed
-- since, and only a success changes it. A delivery that was cancelled since is changed only by a success or the failure of its
-- final retry.
-- _statuses: each delivery's status after the attempt; pending if a retry follows, failed only after the final retry.
CREATE FUNCTION record_outcomes(
  _delivery_ids uuid[], _leased_until timestamptz[], _statuses text[], _next_attempts timestamptz[],
  _started_at timestamptz[], _durations_ms integer[], _http_statuses integer[], _errors text[], _response_excerpts text[]
) RETURNS TABLE (id uuid, hook_id uuid)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
  IF 'failed' <> ALL (_statuses) THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  RETURN QUERY
  WITH outcomes AS (
    SELECT * FROM unnest(_delivery_ids, _leased_until, _statuses, _next_attempts, _started_at, _durations_ms,
      _http_statuses, _errors, _response_excerpts) AS outcomes (
      delivery_id, leased_until, status, next_attempt_at, started_at, duration_ms, http_status, error, response_excerpt)
  ), attempts AS (
    INSERT INTO webhook_attempts (delivery_id, started_at, duration_ms, http_status, error, response_excerpt)
    SELECT delivery_id, started_at, duration_ms, http_status, error, response_excerpt FROM outcomes
    -- Skips attempts whose delivery was deleted by retention since the claim.
    WHERE delivery_id IN (SELECT webhook_deliveries.id FROM webhook_deliveries)
  ), updated AS (
    UPDATE webhook_deliveries AS deliveries SET
      status = outcomes.status,
      next_attempt_at = outcomes.next_attempt_at,
      failures = failures + CASE WHEN outcomes.status = 'succeeded' THEN 0 ELSE 1 END
    FROM outcomes
    WHERE deliveries.id = delivery_id AND (
      deliveries.status = 'pending' AND deliveries.next_attempt_at = leased_until
      OR deliveries.status = 'cancelled' AND outcomes.status = 'failed'
      OR outcomes.status = 'succeeded')
    RETURNING deliveries.id, deliveries.hook_id, old.status AS was, new.status AS status
  )
  SELECT updated.id, updated.hook_id FROM updated WHERE was = 'pending' AND status = 'failed';
END $$;
