import { type RawBuilder, sql } from 'kysely';

/**
 * Cancels what hooks, given as rows of (app_id, id), still have to receive. What another statement has locked is left to
 * `claim_deliveries`, which asks again whether a hook may receive: so nobody's disconnect waits for a delivery.
 */
export const cancelPendingOf = (hooks: RawBuilder<unknown>) => sql`
  UPDATE webhook_deliveries SET status = 'cancelled', next_attempt_at = NULL
  WHERE id IN (
    SELECT id FROM webhook_deliveries
    WHERE status = 'pending' AND (app_id, hook_id) IN (${hooks}) FOR UPDATE SKIP LOCKED)`;
