/** Statements that change many installs. They lock them in the order of their ids, so that no two wait for each other. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { EndReason } from '../../domain/install/install.ts';
import type { AppLimits, EndedInstall, InstallUsage } from '../../domain/install/install-store.ts';
import type { Schema } from '../schema.ts';
import { cancelPendingOf } from './receiving-hooks.ts';

/** Installs, their pairs and what their hooks are owed end together, in one statement. Returns the installs that did. */
export async function endInstalls(
  db: Kysely<Schema>,
  which: RawBuilder<unknown>,
  reason: EndReason,
  now: Date,
): Promise<EndedInstall[]> {
  const { rows } = await sql<{ id: string; app_id: number; organization_id: number; subdomain: string }>`
    WITH locked AS MATERIALIZED (${liveInOrder(which)}), ended AS (
      UPDATE installs SET status = 'revoked', ended_at = ${now}, end_reason = ${reason}
      WHERE id IN (SELECT id FROM locked) RETURNING id, app_id, organization_id
    ), unowed AS (
      ${cancelPendingOf(sql`SELECT app_id, id FROM webhook_hooks WHERE install_id IN (SELECT id FROM ended)`)}
    ), pairs AS (
      UPDATE tokens SET ended_at = ${now}, end_reason = ${reason}
      WHERE ended_at IS NULL AND install_id IN (SELECT id FROM ended)
    )
    SELECT ended.id, app_id, organization_id, subdomain
    FROM ended JOIN organizations ON organizations.id = organization_id`.execute(db);
  return rows.map(({ id, app_id: appId, organization_id, subdomain }) => ({
    id,
    appId,
    organization: { id: organization_id, subdomain },
  }));
}

/** Takes from every live install of the app what the app does not have. */
export async function cutGrants(db: Kysely<Schema>, appId: number, limits: AppLimits): Promise<void> {
  await sql`
    WITH locked AS MATERIALIZED (${liveInOrder(sql`app_id = ${appId}`)})
    UPDATE installs
    SET granted_scopes = ${intersection('granted_scopes', limits.declaredScopes)},
        granted_webhook_events = ${intersection('granted_webhook_events', limits.subscribedWebhookEvents)}
    WHERE id IN (SELECT id FROM locked)`.execute(db);
}

/**
 * Keeps the latest time. An install that somebody else is just changing is left out: it is as good as used anyway, and a
 * report must neither wait for a change nor hold one up.
 */
export async function recordUsage(db: Kysely<Schema>, usages: readonly InstallUsage[]): Promise<void> {
  await sql`
    WITH used AS MATERIALIZED (
      SELECT installs.id, reported.at
      FROM installs JOIN unnest(
        ${usages.map(({ installId }) => installId)}::uuid[], ${usages.map(({ lastUsedAt }) => lastUsedAt)}::timestamptz[]
      ) AS reported (install_id, at) ON installs.id = reported.install_id
      WHERE installs.last_used_at IS NULL OR installs.last_used_at < reported.at
      ORDER BY installs.id FOR NO KEY UPDATE OF installs SKIP LOCKED
    )
    UPDATE installs SET last_used_at = greatest(used.at, installs.installed_at)
    FROM used WHERE installs.id = used.id`.execute(db);
}

const liveInOrder = (which: RawBuilder<unknown>) =>
  sql`SELECT id FROM installs WHERE status = 'active' AND ${which} ORDER BY id FOR NO KEY UPDATE`;

/** What of an array column is among `kept`, in the column's order. */
const intersection = (column: string, kept: readonly string[]) => sql`ARRAY(
  SELECT item FROM unnest(${sql.ref(column)}) WITH ORDINALITY AS listed (item, place)
  WHERE item = ANY(${[...kept]}) ORDER BY place)`;
