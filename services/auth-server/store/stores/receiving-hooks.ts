import { type RawBuilder, sql } from 'kysely';

/**
 * Hooks with their events, their address and whether they may receive anything at this moment: the one definition that
 * publishing, sending and replaying share. A subquery, in parentheses.
 */
export const receivingHooks = sql`(
  SELECT hooks.id AS hook_id, hooks.app_id, hooks.install_id, installs.organization_id, apps.webhook_url AS url,
    hooks.secret_nonce, hooks.previous_nonce, hooks.previous_expires_at,
    CASE WHEN hooks.install_id IS NULL THEN apps.subscribed_webhook_events ELSE installs.granted_webhook_events END AS events,
    hooks.disabled_at IS NULL AND apps.webhook_url IS NOT NULL
      AND apps.status = 'active' AND apps.deleted_at IS NULL AND owner.status = 'active'
      AND (hooks.install_id IS NULL OR installs.status = 'active' AND target.status = 'active') AS may_receive
  FROM webhook_hooks AS hooks
  JOIN apps ON apps.id = hooks.app_id
  JOIN organizations AS owner ON owner.id = apps.owner_organization_id
  LEFT JOIN installs ON installs.id = hooks.install_id
  LEFT JOIN organizations AS target ON target.id = installs.organization_id)`;

/**
 * Cancels what hooks, given as rows of (app_id, id), are still owed. What another statement holds just now is left to `claim`, which asks again
 * whether a hook may receive: so nobody's disconnect waits for a delivery.
 */
export const cancelPendingOf = (hooks: RawBuilder<unknown>) => sql`
  UPDATE webhook_deliveries SET status = 'cancelled', next_attempt_at = NULL
  WHERE id IN (
    SELECT id FROM webhook_deliveries
    WHERE status = 'pending' AND (app_id, hook_id) IN (${hooks}) FOR UPDATE SKIP LOCKED)`;
