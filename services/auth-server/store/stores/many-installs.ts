/** Statements that change many installs. They lock them in the order of their ids, so that there is no deadlock. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { EndReason } from '../../domain/install/install.ts';
import type { EndedInstall, InstallUsage } from '../../domain/install/install-store.ts';
import type { Schema } from '../schema.ts';
import { cancelPendingOf } from './receiving-hooks.ts';

/**
 * Installs, their pairs and the pending deliveries of their hooks end together, in one statement. `reason` is an expression
 * over installs. Returns the installs that did.
 */
export async function endInstalls(
  db: Kysely<Schema>,
  which: RawBuilder<unknown>,
  reason: RawBuilder<EndReason>,
  endedAt: Date,
): Promise<EndedInstall[]> {
  const { rows } = await sql<EndedRow>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM installs WHERE status = 'active' AND ${which} ORDER BY id FOR NO KEY UPDATE
    ), ended AS (
      UPDATE installs SET status = 'revoked', ended_at = ${endedAt}, end_reason = ${reason}
      WHERE id IN (SELECT id FROM locked) RETURNING id, app_id, organization_id, end_reason
    ), cancelled AS (
      ${cancelPendingOf(sql`SELECT app_id, id FROM webhook_hooks WHERE install_id IN (SELECT id FROM ended)`)}
    ), pairs AS (
      UPDATE tokens SET ended_at = ${endedAt}, end_reason = ended.end_reason
      FROM ended WHERE tokens.install_id = ended.id AND tokens.ended_at IS NULL
    )
    SELECT ended.id, app_id, organization_id, subdomain, end_reason
    FROM ended JOIN organizations ON organizations.id = organization_id`.execute(db);
  return rows.map(({ id, app_id: appId, organization_id, subdomain, end_reason: endReason }) => ({
    id,
    appId,
    organization: { id: organization_id, subdomain },
    endReason,
  }));
}

interface EndedRow {
  readonly id: string;
  readonly app_id: number;
  readonly organization_id: number;
  readonly subdomain: string;
  readonly end_reason: EndReason;
}

/** Ends those installs whose app is deleted or no longer offers their actor mode, as current_installs says already. */
export function endWithoutApp(db: Kysely<Schema>, which: RawBuilder<unknown>, endedAt: Date): Promise<EndedInstall[]> {
  const reason = sql<EndReason>`(
    SELECT CASE WHEN deleted_at IS NULL THEN 'mode_withdrawn' ELSE 'app_deleted' END FROM apps WHERE apps.id = app_id)`;
  return endInstalls(db, sql`${which} AND NOT ${isPermitted}`, reason, endedAt);
}

/** Whether its app still has an install whose row is live. */
export const isPermitted = sql<boolean>`EXISTS (
  SELECT FROM apps WHERE apps.id = installs.app_id AND app_permits(apps, installs.actor_mode))`;

/** The next live installs of an app in the order of their ids, locked. */
export async function lockPageOfApp(
  db: Kysely<Schema>,
  appId: number,
  afterId: string,
  limit: number,
): Promise<string[]> {
  // Locked apart from the page: of rows that another change ends meanwhile the page must not come back shorter.
  const { rows } = await sql<{ id: string }>`
    WITH page AS MATERIALIZED (
      SELECT id FROM installs
      WHERE app_id = ${appId} AND status = 'active' AND id > ${afterId}
      ORDER BY id LIMIT ${limit}
    )
    SELECT id FROM installs WHERE id IN (SELECT id FROM page) ORDER BY id FOR NO KEY UPDATE`.execute(db);
  return rows.map(({ id }) => id);
}

/** Takes from those installs that live what their app does not have. */
export async function cutToApp(db: Kysely<Schema>, installIds: readonly string[]): Promise<void> {
  await sql`
    UPDATE installs SET
      granted_scopes = intersect_in_order(granted_scopes, declared_scopes),
      granted_webhook_events = intersect_in_order(granted_webhook_events, subscribed_webhook_events)
    FROM apps
    WHERE installs.id = ANY (${[...installIds]}::uuid[]) AND installs.status = 'active' AND apps.id = installs.app_id
      AND NOT (granted_scopes <@ declared_scopes AND granted_webhook_events <@ subscribed_webhook_events)`.execute(db);
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
