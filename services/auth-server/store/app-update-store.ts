import { type Kysely, sql } from 'kysely';
import type { AppUpdateProgress, AppUpdateStore, PendingAppUpdate } from '../domain/app/app-update-store.ts';
import type { AppId, InstallId, OrganizationId } from '../domain/ids.ts';
import type { InstallScope } from '../domain/install/install-store.ts';
import { belongsTo } from './install-store.ts';
import type { Schema } from './schema.ts';

export class PgAppUpdateStore implements AppUpdateStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async insertOfApps(appIds: readonly AppId[], reason: 'narrowed' | 'deleted', now: Date): Promise<void> {
    await sql`
      INSERT INTO pending_app_updates (app_id, reason, created_at)
      SELECT unnest(${[...appIds]}::bigint[]), ${reason}, ${now}`.execute(this.#db);
  }

  async insertOfDeletedOrganization(organizationId: OrganizationId, now: Date): Promise<void> {
    await this.#db
      .insertInto('pending_app_updates')
      .values({ organization_id: organizationId, reason: 'organization_deleted', created_at: now })
      .execute();
  }

  async isPending(scope: InstallScope): Promise<boolean> {
    const row = await this.#db
      .selectFrom('pending_app_updates')
      .select('id')
      .where(belongsTo(scope))
      .executeTakeFirst();
    return row !== undefined;
  }

  async lockNext(scope?: InstallScope): Promise<PendingAppUpdate | undefined> {
    let query = this.#db
      .selectFrom('pending_app_updates')
      .select(['id', 'app_id', 'organization_id', 'last_install_id as lastInstallId', 'created_at as createdAt'])
      .orderBy('installs_done')
      .orderBy('id')
      .limit(1)
      .forUpdate()
      .skipLocked();
    if (scope !== undefined) query = query.where(belongsTo(scope));
    const row = await query.executeTakeFirst();
    if (row === undefined) return undefined;
    const { app_id: app, organization_id: organization, ...update } = row;
    return { ...update, scope: app === null ? { organization: organization as OrganizationId } : { app } };
  }

  async isSuperseded({ id, scope }: PendingAppUpdate): Promise<boolean> {
    const later = await this.#db
      .selectFrom('pending_app_updates')
      .select('id')
      .where(belongsTo(scope))
      .where('id', '>', id)
      .executeTakeFirst();
    return later !== undefined;
  }

  async advance(id: number, lastInstallId: InstallId, installs: number): Promise<void> {
    await this.#db
      .updateTable('pending_app_updates')
      .set({ last_install_id: lastInstallId, installs_done: sql`installs_done + ${installs}` })
      .where('id', '=', id)
      .execute();
  }

  async delete(id: number): Promise<void> {
    await this.#db.deleteFrom('pending_app_updates').where('id', '=', id).execute();
  }

  async list(limit: number, clientId?: string): Promise<AppUpdateProgress[]> {
    let query = this.#db
      .selectFrom('pending_app_updates')
      .leftJoin('apps', 'apps.id', 'pending_app_updates.app_id')
      .select([
        'apps.client_id as clientId',
        'pending_app_updates.organization_id as organizationId',
        'pending_app_updates.reason',
        'pending_app_updates.created_at as createdAt',
        'pending_app_updates.installs_done as installsDone',
      ])
      .orderBy('pending_app_updates.id')
      .limit(limit);
    if (clientId !== undefined) query = query.where('apps.client_id', '=', clientId);
    return query.execute();
  }
}
