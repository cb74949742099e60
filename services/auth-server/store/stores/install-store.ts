import { type InferResult, type Kysely, sql } from 'kysely';
import { type EndReason, type Install, isInstallId } from '../../domain/install/install.ts';
import type { AppLimits, EndedInstall, Grant, InstallStore, InstallUsage } from '../../domain/install/install-store.ts';
import type { Paging } from '../../domain/paging.ts';
import type { Schema } from '../schema.ts';
import { cutGrants, endInstalls, recordUsage } from './many-installs.ts';

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
    const ended = await endInstalls(this.#db, sql`id = ${installId}`, reason, now);
    return ended.length > 0;
  }

  async endAllOfApp(appId: number, reason: EndReason, now: Date): Promise<void> {
    await endInstalls(this.#db, sql`app_id = ${appId}`, reason, now);
  }

  async cutToApp(appId: number, limits: AppLimits, now: Date): Promise<EndedInstall[]> {
    const gone = sql`app_id = ${appId} AND NOT actor_mode = ANY(${[...limits.allowedActorModes]})`;
    const ended = await endInstalls(this.#db, gone, 'mode_withdrawn', now);
    await cutGrants(this.#db, appId, limits);
    return ended;
  }

  recordUsage(usages: readonly InstallUsage[]): Promise<void> {
    return recordUsage(this.#db, usages);
  }
}

const isPending = sql<boolean>`EXISTS (SELECT FROM pending_drops WHERE pending_drops.install_id = installs.id)`;
const isShown = sql<boolean>`(installs.status = 'active' OR ${isPending})`;

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
