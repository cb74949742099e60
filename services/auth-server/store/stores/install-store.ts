import { type InferResult, type Kysely, sql } from 'kysely';
import { type EndReason, type Install, isInstallId } from '../../domain/install/install.ts';
import type { AppLimits, EndedInstall, Grant, InstallStore, InstallUsage } from '../../domain/install/install-store.ts';
import type { Paging } from '../../domain/paging.ts';
import type { Schema } from '../schema.ts';
import { cancelPendingOf } from './receiving-hooks.ts';

export class PgInstallStore implements InstallStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async put(grant: Grant, now: Date): Promise<{ id: string; isNew: boolean }> {
    const granted = {
      installed_by: grant.installedBy,
      actor_mode: grant.actorMode,
      granted_scopes: [...grant.scopes],
      granted_webhook_events: [...grant.webhookEvents],
      installed_at: now,
    };
    return (
      this.#db
        .insertInto('installs')
        .values({ ...granted, app_id: grant.appId, organization_id: grant.organizationId })
        .onConflict((conflict) =>
          conflict.columns(['app_id', 'organization_id']).where('status', '=', 'active').doUpdateSet(granted),
        )
        // A row that was updated has the id of the transaction that did it as its xmax, a new one has none.
        .returning(['id', sql<boolean>`xmax = 0`.as('isNew')])
        .executeTakeFirstOrThrow()
    );
  }

  async find(installId: string): Promise<Install | undefined> {
    if (!isInstallId(installId)) return undefined;
    const row = await selectInstalls(this.#db).where('installs.id', '=', installId).executeTakeFirst();
    return row && toInstall(row);
  }

  async findLive(appId: number, organizationId: number): Promise<Install | undefined> {
    const row = await selectInstalls(this.#db)
      .where('installs.app_id', '=', appId)
      .where('installs.organization_id', '=', organizationId)
      .where('installs.status', '=', 'active')
      .executeTakeFirst();
    return row && toInstall(row);
  }

  async listShown(organizationId: number, { page, perPage }: Paging): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('installs.organization_id', '=', organizationId)
      .where(isShown)
      .orderBy('installs.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toInstall);
  }

  async listShownOfApp(appId: number, { page, perPage }: Paging): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('installs.app_id', '=', appId)
      .where(isShown)
      .orderBy('installs.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toInstall);
  }

  async countLiveOfApp(appId: number): Promise<number> {
    const { count } = await this.#db
      .selectFrom('installs')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('app_id', '=', appId)
      .where('status', '=', 'active')
      .executeTakeFirstOrThrow();
    return count;
  }

  async listOfApp(appId: number, limit: number): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('installs.app_id', '=', appId)
      .orderBy('installs.id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toInstall);
  }

  async end(installId: string, reason: EndReason, now: Date): Promise<boolean> {
    const ended = await this.#endWhere(sql`id = ${installId}`, reason, now);
    return ended.length > 0;
  }

  async endAllOfApp(appId: number, reason: EndReason, now: Date): Promise<void> {
    await this.#endWhere(sql`app_id = ${appId}`, reason, now);
  }

  async cutToApp(appId: number, limits: AppLimits, now: Date): Promise<EndedInstall[]> {
    const gone = sql`app_id = ${appId} AND NOT actor_mode = ANY(${[...limits.allowedActorModes]})`;
    const ended = await this.#endWhere(gone, 'mode_withdrawn', now);
    await sql`
      UPDATE installs
      SET granted_scopes = ${intersection('granted_scopes', limits.declaredScopes)},
          granted_webhook_events = ${intersection('granted_webhook_events', limits.subscribedWebhookEvents)}
      WHERE app_id = ${appId} AND status = 'active'`.execute(this.#db);
    return ended;
  }

  async recordUsage(usages: readonly InstallUsage[]): Promise<void> {
    await sql`
      UPDATE installs SET last_used_at = greatest(used.at, installs.installed_at)
      FROM unnest(${usages.map(({ installId }) => installId)}::uuid[], ${usages.map(({ lastUsedAt }) => lastUsedAt)}::timestamptz[])
        AS used (install_id, at)
      WHERE installs.id = used.install_id AND (installs.last_used_at IS NULL OR installs.last_used_at < used.at)`.execute(
      this.#db,
    );
  }

  /** Installs, their pairs and what their hooks are owed end together, in one statement. Returns the installs that did. */
  async #endWhere(which: ReturnType<typeof sql>, reason: EndReason, now: Date): Promise<EndedInstall[]> {
    const { rows } = await sql<{ id: string; app_id: number; organization_id: number; subdomain: string }>`
      WITH ended AS (
        UPDATE installs SET status = 'revoked', ended_at = ${now}, end_reason = ${reason}
        WHERE status = 'active' AND ${which} RETURNING id, app_id, organization_id
      ), unowed AS (
        ${cancelPendingOf(sql`SELECT app_id, id FROM webhook_hooks WHERE install_id IN (SELECT id FROM ended)`)}
      ), pairs AS (
        UPDATE tokens SET ended_at = ${now}, end_reason = ${reason}
        WHERE ended_at IS NULL AND install_id IN (SELECT id FROM ended)
      )
      SELECT ended.id, app_id, organization_id, subdomain
      FROM ended JOIN organizations ON organizations.id = organization_id`.execute(this.#db);
    return rows.map(({ id, app_id: appId, organization_id, subdomain }) => ({
      id,
      appId,
      organization: { id: organization_id, subdomain },
    }));
  }
}

const isPending = sql<boolean>`EXISTS (SELECT FROM pending_drops WHERE pending_drops.install_id = installs.id)`;
const isShown = sql<boolean>`(installs.status = 'active' OR ${isPending})`;

/** What of an array column is among `kept`, in the column's order. */
const intersection = (column: string, kept: readonly string[]) => sql`ARRAY(
  SELECT item FROM unnest(${sql.ref(column)}) WITH ORDINALITY AS listed (item, place)
  WHERE item = ANY(${[...kept]}) ORDER BY place)`;

function selectInstalls(db: Kysely<Schema>) {
  return db
    .selectFrom('installs')
    .innerJoin('apps', 'apps.id', 'installs.app_id')
    .innerJoin('organizations', 'organizations.id', 'installs.organization_id')
    .innerJoin('organizations as owners', 'owners.id', 'apps.owner_organization_id')
    .innerJoin('users', 'users.id', 'installs.installed_by')
    .select([
      'installs.id',
      'installs.app_id',
      'apps.client_id',
      'apps.name as app_name',
      'apps.bot_user_id',
      'organizations.id as organization_id',
      'organizations.subdomain',
      'organizations.name as organization_name',
      'owners.id as owner_id',
      'owners.subdomain as owner_subdomain',
      'owners.name as owner_name',
      'users.name as installed_by_name',
      'installs.actor_mode',
      'installs.installed_by',
      'installs.granted_scopes',
      'installs.granted_webhook_events',
      'installs.status',
      'installs.installed_at',
      'installs.last_used_at',
      isPending.as('pending'),
    ]);
}

function toInstall(row: InferResult<ReturnType<typeof selectInstalls>>[number]): Install {
  return {
    id: row.id,
    appId: row.app_id,
    clientId: row.client_id,
    appName: row.app_name,
    appOwner: { id: row.owner_id, subdomain: row.owner_subdomain, name: row.owner_name },
    organization: { id: row.organization_id, subdomain: row.subdomain, name: row.organization_name },
    actorMode: row.actor_mode,
    userId: row.actor_mode === 'app' ? row.bot_user_id : row.installed_by,
    installedBy: row.installed_by,
    installedByName: row.installed_by_name,
    grantedScopes: row.granted_scopes,
    grantedWebhookEvents: row.granted_webhook_events,
    status: row.status === 'revoked' && row.pending ? 'disconnecting' : row.status,
    installedAt: row.installed_at,
    lastUsedAt: row.last_used_at,
  };
}
