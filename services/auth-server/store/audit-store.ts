import { type Kysely, type RawBuilder, sql } from 'kysely';
import { conflict } from '#common/errors/app-error.ts';
import type {
  AuditEntry,
  AuditEvent,
  AuditFilter,
  AuditStore,
  ExportedEvents,
  InstallActivity,
} from '../domain/audit-store.ts';
import type { InstallRef } from '../domain/install/install-store.ts';
import type { Paging } from '../domain/paging.ts';
import { AuditHorizon } from './audit-horizon.ts';
import { sendWithNext } from './postgres/transactions.ts';
import type { Schema } from './schema.ts';

/** Bounds the work of a page for installs that have been refreshed for years. */
const MAX_ACTIVITY_EVENTS = 10_000;
/** Admins of organizations see no details of other actions, such as the reasons of operators. */
const ACTIONS_WITH_DETAILS = ['consent.approved', 'install.granted', 'app.changed'];
/** The events of an app that can change what its installs can do. */
const IS_OF_APP = sql`action IN ('app.changed', 'app.suspended', 'app.resumed', 'app.deleted')`;

export class PgAuditStore implements AuditStore {
  readonly #db: Kysely<Schema>;
  readonly #horizon: AuditHorizon;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
    this.#horizon = new AuditHorizon(db);
  }

  append(entry: AuditEntry, now: Date): Promise<void> {
    return this.appendAll([entry], now);
  }

  async appendAll(entries: readonly AuditEntry[], now: Date): Promise<void> {
    const column = <T>(of: (entry: AuditEntry) => T) => entries.map(of);
    await sendWithNext(
      this.#db,
      sql`INSERT INTO audit_events (occurred_at, action, performed_by, organization_id, client_id, install_id, details,
        ip_address, request_id)
      SELECT ${now}::timestamptz, * FROM unnest(
        ${column(({ action }) => action)}::text[], ${column(({ initiator }) => initiator.performedBy)}::text[],
        ${column(({ organizationId }) => organizationId ?? null)}::bigint[],
        ${column(({ clientId }) => clientId ?? null)}::text[], ${column(({ installId }) => installId ?? null)}::uuid[],
        ${column(({ details }) => JSON.stringify(details ?? {}))}::jsonb[],
        ${column(({ initiator }) => initiator.ipAddress)}::text[], ${column(({ initiator }) => initiator.requestId)}::text[])`,
    );
  }

  async listOfInstall(
    { id, clientId, organization }: InstallRef,
    { page, perPage }: Paging,
  ): Promise<InstallActivity[]> {
    const events = (condition: RawBuilder<unknown>) =>
      sql`(SELECT * FROM audit_events WHERE ${condition} ORDER BY id DESC LIMIT ${MAX_ACTIVITY_EVENTS})`;
    // The conditions on actions match the partial indexes. Left out are events of the app from before the install's first grant,
    // which is the time in its id, and events of the app and consents from after its end. Users of the app's owner are not named
    // in events of the app, nor in events of the install's webhooks unless the owner is the install's organization.
    const isBeforeEnd = sql`occurred_at <= (SELECT coalesce(max(ended_at), 'infinity') FROM installs WHERE id = ${id})`;
    const isOfOwner = sql`(${IS_OF_APP} OR organization_id IS DISTINCT FROM ${organization.id})`;
    const { rows } = await sql<InstallActivity>`
      WITH events AS (
        ${events(sql`install_id = ${id}`)}
        UNION ALL
        ${events(sql`client_id = ${clientId} AND organization_id = ${organization.id} AND action = 'consent.approved'
          AND ${isBeforeEnd}`)}
        UNION ALL
        ${events(sql`client_id = ${clientId} AND ${IS_OF_APP}
          AND occurred_at > uuid_extract_timestamp(${id}) AND ${isBeforeEnd}`)}
      )
      SELECT max(occurred_at) AS "occurredAt", action, count(*) AS count, max(coalesce(users.name, '')) AS "userName",
        CASE WHEN action = ANY (${[...ACTIONS_WITH_DETAILS]}) THEN details ELSE '{}' END AS details, CASE
          WHEN performed_by LIKE 'user:%' AND ${isOfOwner} THEN 'app_owner'
          WHEN performed_by LIKE 'user:%' THEN 'user'
          WHEN performed_by LIKE 'app:%' THEN 'app'
          ELSE 'platform'
        END AS performer
      FROM events LEFT JOIN users ON users.deleted_at IS NULL AND users.id = CASE
        WHEN performed_by ~ '^user:[0-9]+$' AND NOT ${isOfOwner} THEN substr(performed_by, 6)::bigint END
      GROUP BY action, performed_by, organization_id, details,
        CASE WHEN action = 'install.refreshed' THEN date_trunc('day', occurred_at, 'UTC')::text ELSE events.id::text END
      ORDER BY max(events.id) DESC
      LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`.execute(this.#db);
    return rows;
  }

  async list(filter: AuditFilter, { page, perPage }: Paging): Promise<AuditEvent[]> {
    let query = this.#select();
    if (filter.organizationId === null) query = query.where('organization_id', 'is', null);
    else if (filter.organizationId !== undefined) query = query.where('organization_id', '=', filter.organizationId);
    if (filter.clientId !== undefined) query = query.where('client_id', '=', filter.clientId);
    if (filter.installId !== undefined) query = query.where('install_id', '=', filter.installId);
    if (filter.action !== undefined) query = query.where('action', '=', filter.action);
    if (filter.performedBy !== undefined) query = query.where('performed_by', '=', filter.performedBy);
    if (filter.occurredFrom !== undefined) query = query.where('occurred_at', '>=', filter.occurredFrom);
    if (filter.occurredBefore !== undefined) query = query.where('occurred_at', '<', filter.occurredBefore);
    return query
      .orderBy('id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
  }

  async export(afterId: number, limit: number): Promise<ExportedEvents> {
    const { lastId, settledId } = await this.#horizon.read();
    if (afterId > lastId) {
      throw conflict(
        'after_id is above the ids of all events: it is wrong, or the database was restored and restore-fence did not run',
      );
    }
    const settled = this.#select().where('id', '>', afterId).where('id', '<=', settledId);
    return { events: await settled.orderBy('id').limit(limit).execute(), areLaterPending: settledId < lastId };
  }

  #select() {
    return this.#db
      .selectFrom('audit_events')
      .select([
        'id',
        'occurred_at as occurredAt',
        'action',
        'performed_by as performedBy',
        'organization_id as organizationId',
        'client_id as clientId',
        'install_id as installId',
        'details',
        'ip_address as ipAddress',
        'request_id as requestId',
      ]);
  }
}
