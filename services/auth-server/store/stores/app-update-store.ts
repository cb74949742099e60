import { type Kysely, sql } from 'kysely';
import type {
  AppUpdateProgress,
  AppUpdateReason,
  AppUpdateStore,
  PendingAppUpdate,
} from '../../domain/app/app-update-store.ts';
import type { Schema } from '../schema.ts';

export class PgAppUpdateStore implements AppUpdateStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async insert(appId: number, reason: AppUpdateReason, now: Date): Promise<void> {
    await this.#db.insertInto('pending_app_updates').values({ app_id: appId, reason, created_at: now }).execute();
  }

  async isPending(appId: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom('pending_app_updates')
      .select('id')
      .where('app_id', '=', appId)
      .executeTakeFirst();
    return row !== undefined;
  }

  async take(appId?: number): Promise<PendingAppUpdate | undefined> {
    let query = this.#db
      .selectFrom('pending_app_updates')
      .select(['id', 'app_id as appId', 'last_install_id as lastInstallId', 'created_at as createdAt'])
      .orderBy('installs_done')
      .orderBy('id')
      .limit(1)
      .forUpdate()
      .skipLocked();
    if (appId !== undefined) query = query.where('app_id', '=', appId);
    return query.executeTakeFirst();
  }

  async isSuperseded({ id, appId }: PendingAppUpdate): Promise<boolean> {
    const later = await this.#db
      .selectFrom('pending_app_updates')
      .select('id')
      .where('app_id', '=', appId)
      .where('id', '>', id)
      .executeTakeFirst();
    return later !== undefined;
  }

  async advance(id: number, lastInstallId: string, installs: number): Promise<void> {
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
      .innerJoin('apps', 'apps.id', 'pending_app_updates.app_id')
      .select([
        'apps.client_id as clientId',
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
