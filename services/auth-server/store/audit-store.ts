import { type Kysely, sql } from 'kysely';
import { conflict } from '#common/errors/app-error.ts';
import type { AuditEntry, AuditEvent, AuditFilter, AuditStore } from '../domain/audit-store.ts';
import type { Paging } from '../domain/paging.ts';
import { settledAuditId } from './audit-horizon.ts';
import { sendWithNext } from './postgres/transactions.ts';
import type { Schema } from './schema.ts';

export class PgAuditStore implements AuditStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async append({ action, origin, details, ...about }: AuditEntry, now: Date): Promise<void> {
    const { organizationId = null, clientId = null, installId = null } = about;
    await sendWithNext(
      this.#db,
      sql`INSERT INTO audit_events (occurred_at, action, performed_by, organization_id, client_id, install_id, details,
        ip_address, request_id)
      VALUES (${now}, ${action}, ${origin.performedBy}, ${organizationId}, ${clientId}, ${installId},
        ${JSON.stringify(details ?? {})}, ${origin.ipAddress}, ${origin.requestId})`,
    );
  }

  async appendAll(entries: readonly AuditEntry[], now: Date): Promise<void> {
    const column = <T>(of: (entry: AuditEntry) => T) => entries.map(of);
    await sendWithNext(
      this.#db,
      sql`INSERT INTO audit_events (occurred_at, action, performed_by, organization_id, client_id, install_id, details,
        ip_address, request_id)
      SELECT ${now}::timestamptz, * FROM unnest(
        ${column(({ action }) => action)}::text[], ${column(({ origin }) => origin.performedBy)}::text[],
        ${column(({ organizationId }) => organizationId ?? null)}::bigint[],
        ${column(({ clientId }) => clientId ?? null)}::text[], ${column(({ installId }) => installId ?? null)}::uuid[],
        ${column(({ details }) => JSON.stringify(details ?? {}))}::jsonb[],
        ${column(({ origin }) => origin.ipAddress)}::text[], ${column(({ origin }) => origin.requestId)}::text[])`,
    );
  }

  async list(filter: AuditFilter, { page, perPage }: Paging): Promise<AuditEvent[]> {
    let query = this.#select();
    if (filter.organizationId !== undefined) query = query.where('organization_id', '=', filter.organizationId);
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

  async export(afterId: number, limit: number): Promise<AuditEvent[]> {
    const settledId = await settledAuditId(this.#db);
    if (afterId > settledId) {
      throw conflict('after_id is above the ids of all events: the database was restored to an earlier time');
    }
    return this.#select().where('id', '>', afterId).where('id', '<=', settledId).orderBy('id').limit(limit).execute();
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
