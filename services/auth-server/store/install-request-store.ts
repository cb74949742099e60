import { type Kysely, sql } from 'kysely';
import {
  type AppId,
  type InstallRequestId,
  isInstallRequestId,
  type OrganizationId,
  type UserId,
} from '../domain/ids.ts';
import {
  type InstallRequest,
  MAX_OPEN_OF_ORGANIZATION,
  MAX_OPEN_OF_USER,
} from '../domain/install-request/install-request.ts';
import type {
  DecidedRequest,
  InstallRequestStore,
  NewRequest,
} from '../domain/install-request/install-request-store.ts';
import type { Paging } from '../domain/paging.ts';
import type { Schema } from './schema.ts';
import { selectInstallRequests, toInstallRequest } from './select-install-requests.ts';

export class PgInstallRequestStore implements InstallRequestStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async put(request: NewRequest, now: Date, expiresAt: Date): Promise<InstallRequestId | undefined> {
    const { organizationId, appId, userId, actorMode, scopes, note } = request;
    // Excludes the request that this one replaces.
    const open = sql`status = 'open' AND expires_at > ${now} AND NOT (
      organization_id = ${organizationId} AND app_id = ${appId} AND requested_by = ${userId})`;
    const { rows } = await sql<{ id: InstallRequestId }>`
      INSERT INTO install_requests (organization_id, app_id, requested_by, actor_mode, scopes, note, requested_at, expires_at)
      SELECT ${organizationId}::bigint, ${appId}::bigint, ${userId}::bigint, ${actorMode}, ${[...scopes]}::text[], ${note},
        ${now}::timestamptz, ${expiresAt}::timestamptz
      WHERE (SELECT count(*) FROM install_requests WHERE requested_by = ${userId} AND ${open}) < ${MAX_OPEN_OF_USER}
        AND (SELECT count(*) FROM install_requests WHERE organization_id = ${organizationId} AND ${open})
          < ${MAX_OPEN_OF_ORGANIZATION}
      ON CONFLICT (organization_id, app_id, requested_by) DO UPDATE SET
        id = uuidv7(), actor_mode = excluded.actor_mode, scopes = excluded.scopes, note = excluded.note, status = 'open',
        requested_at = excluded.requested_at, expires_at = excluded.expires_at, decided_at = NULL, decided_by = NULL,
        dismissal_reason = NULL
      RETURNING id`.execute(this.#db);
    return rows[0]?.id;
  }

  async listOpen(organizationId: OrganizationId, { page, perPage }: Paging, now: Date): Promise<InstallRequest[]> {
    const rows = await this.#selectOpen(now)
      .where('organization_id', '=', organizationId)
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map((row) => toInstallRequest(row, now));
  }

  async countOpen(organizationId: OrganizationId, now: Date): Promise<number> {
    const { count } = await this.#db
      .selectFrom('install_requests')
      .innerJoin('apps', 'apps.id', 'app_id')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('organization_id', '=', organizationId)
      .where('install_requests.status', '=', 'open')
      .where('expires_at', '>', now)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return count;
  }

  async listOpenOfApp(appId: AppId, organizationIds: readonly OrganizationId[], limit: number, now: Date) {
    if (organizationIds.length === 0) return [];
    const rows = await this.#selectOpen(now)
      .where('install_requests.app_id', '=', appId)
      .where('organization_id', 'in', organizationIds)
      .limit(limit)
      .execute();
    return rows.map((row) => toInstallRequest(row, now));
  }

  async listOfMember(userId: UserId, appId: AppId, organizationIds: readonly OrganizationId[], now: Date) {
    if (organizationIds.length === 0) return [];
    const rows = await selectInstallRequests(this.#db)
      .where('requested_by', '=', userId)
      .where('install_requests.app_id', '=', appId)
      .where('organization_id', 'in', organizationIds)
      .execute();
    return rows.map((row) => toInstallRequest(row, now));
  }

  async approveOpen(appId: AppId, organizationId: OrganizationId, by: UserId, now: Date): Promise<DecidedRequest[]> {
    const { rows } = await sql<DecidedRequest>`
      UPDATE install_requests SET status = 'approved', decided_at = ${now}, decided_by = ${by}
      FROM apps
      WHERE install_requests.id IN (
          SELECT id FROM install_requests
          WHERE app_id = ${appId} AND organization_id = ${organizationId} AND status = 'open' AND expires_at > ${now}
          ORDER BY id FOR NO KEY UPDATE)
        AND apps.id = app_id
      RETURNING install_requests.id, client_id AS "clientId", requested_by AS "requestedBy"`.execute(this.#db);
    return rows;
  }

  async dismiss(id: string, organizationId: OrganizationId, by: UserId, reason: string, now: Date) {
    if (!isInstallRequestId(id)) return undefined;
    const { rows } = await sql<DecidedRequest>`
      UPDATE install_requests
      SET status = 'dismissed', decided_at = ${now}, decided_by = ${by}, dismissal_reason = ${reason}
      FROM apps
      WHERE install_requests.id = ${id} AND organization_id = ${organizationId} AND install_requests.status = 'open'
        AND expires_at > ${now} AND apps.id = app_id
      RETURNING install_requests.id, client_id AS "clientId", requested_by AS "requestedBy"`.execute(this.#db);
    return rows[0];
  }

  #selectOpen(now: Date) {
    return selectInstallRequests(this.#db)
      .where('install_requests.status', '=', 'open')
      .where('expires_at', '>', now)
      .orderBy('requested_at')
      .orderBy('install_requests.id');
  }
}
