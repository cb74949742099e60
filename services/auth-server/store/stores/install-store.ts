import { type InferResult, type Kysely, sql } from 'kysely';
import { type EndReason, type Install, isInstallId } from '../../domain/install/install.ts';
import type {
  EndedInstall,
  Grant,
  GrantedInstall,
  InstallStore,
  InstallUsage,
} from '../../domain/install/install-store.ts';
import type { Paging } from '../../domain/paging.ts';
import type { Schema } from '../schema.ts';
import { cutToApp, endInstalls, endWithoutApp, isPermitted, lockPageOfApp, recordUsage } from './many-installs.ts';

export class PgInstallStore implements InstallStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async put(grant: Grant, now: Date): Promise<GrantedInstall> {
    const granted = await this.#upsert(grant, now);
    if (granted !== undefined) return { ...granted, ended: [] };
    const { appId, organizationId } = grant;
    const which = sql`app_id = ${appId} AND organization_id = ${organizationId}`;
    const ended = await endWithoutApp(this.#db, which, now);
    return { ...((await this.#upsert(grant, now)) as Omit<GrantedInstall, 'ended'>), ended };
  }

  async find(installId: string): Promise<Install | undefined> {
    if (!isInstallId(installId)) return undefined;
    const row = await selectInstalls(this.#db).where('current_installs.id', '=', installId).executeTakeFirst();
    return row && toInstall(row);
  }

  async findLive(appId: number, organizationId: number): Promise<Install | undefined> {
    const row = await selectInstalls(this.#db)
      .where('current_installs.app_id', '=', appId)
      .where('current_installs.organization_id', '=', organizationId)
      .where('is_active', '=', true)
      .executeTakeFirst();
    return row && toInstall(row);
  }

  async listShown(organizationId: number, { page, perPage }: Paging): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('current_installs.organization_id', '=', organizationId)
      .where(isShown)
      .orderBy('current_installs.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toInstall);
  }

  async listShownOfApp(appId: number, { page, perPage }: Paging): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('current_installs.app_id', '=', appId)
      .where(isShown)
      .orderBy('current_installs.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toInstall);
  }

  async countLiveOfApp(appId: number): Promise<number> {
    const { count } = await this.#db
      .selectFrom('current_installs')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('app_id', '=', appId)
      .where('is_active', '=', true)
      .executeTakeFirstOrThrow();
    return count;
  }

  async listOfApp(appId: number, limit: number): Promise<Install[]> {
    const rows = await selectInstalls(this.#db)
      .where('current_installs.app_id', '=', appId)
      .orderBy('current_installs.id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toInstall);
  }

  async end(installId: string, reason: EndReason, now: Date): Promise<boolean> {
    const which = sql`id = ${installId} AND ${isPermitted}`;
    const ended = await endInstalls(this.#db, which, sql<EndReason>`${reason}`, now);
    return ended.length > 0;
  }

  lockPageOfApp(appId: number, afterId: string, limit: number): Promise<string[]> {
    return lockPageOfApp(this.#db, appId, afterId, limit);
  }

  endWithoutApp(installIds: readonly string[], endedAt: Date): Promise<EndedInstall[]> {
    return endWithoutApp(this.#db, sql`id = ANY (${[...installIds]}::uuid[])`, endedAt);
  }

  cutToApp(installIds: readonly string[]): Promise<void> {
    return cutToApp(this.#db, installIds);
  }

  recordUsage(usages: readonly InstallUsage[]): Promise<void> {
    return recordUsage(this.#db, usages);
  }

  /** Undefined where an install stands in the way that has ended with its actor mode and whose row does not say so yet. */
  #upsert(grant: Grant, now: Date) {
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
          conflict
            .columns(['app_id', 'organization_id'])
            .where('status', '=', 'active')
            .doUpdateSet(granted)
            .where(isPermitted),
        )
        // A row that was updated has the id of the transaction that did it as its xmax, a new one has none.
        .returning(['id', sql<boolean>`xmax = 0`.as('isNew')])
        .executeTakeFirst()
    );
  }
}

/** Whether what has ended the install may still have to become visible. */
const isPending = sql<boolean>`(
  EXISTS (SELECT FROM pending_invalidations WHERE install_id = current_installs.id)
  OR end_reason IN ('app_deleted', 'mode_withdrawn')
    AND EXISTS (SELECT FROM pending_invalidations WHERE stamp_kind = 'app' AND stamp_id = current_installs.app_id))`;
const isShown = sql<boolean>`(is_active OR ${isPending})`;

function selectInstalls(db: Kysely<Schema>) {
  return db
    .selectFrom('current_installs')
    .innerJoin('apps', 'apps.id', 'current_installs.app_id')
    .innerJoin('organizations', 'organizations.id', 'current_installs.organization_id')
    .innerJoin('organizations as owners', 'owners.id', 'apps.owner_organization_id')
    .innerJoin('users', 'users.id', 'current_installs.installed_by')
    .select([
      'current_installs.id',
      'current_installs.app_id',
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
      'current_installs.actor_mode',
      'current_installs.installed_by',
      'current_installs.granted_scopes',
      'current_installs.granted_webhook_events',
      'current_installs.is_active',
      'current_installs.installed_at',
      'current_installs.last_used_at',
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
    status: row.is_active ? 'active' : row.pending ? 'disconnecting' : 'revoked',
    installedAt: row.installed_at,
    lastUsedAt: row.last_used_at,
  };
}
