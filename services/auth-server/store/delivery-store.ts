import { type InferResult, type Kysely, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import { type AppId, type DeliveryId, isDeliveryId, isHookId, type OrganizationId } from '../domain/ids.ts';
import type { Paging } from '../domain/paging.ts';
import type { DeliveryFilter, DeliveryStore, UnsignedRequest } from '../domain/webhook/delivery-store.ts';
import type { Delivery } from '../domain/webhook/webhook.ts';
import type { Schema } from './schema.ts';

/** Only the most recent attempts are listed, because a delivery that was replayed repeatedly can have many. */
const MAX_ATTEMPTS_LISTED = 20;

export class PgDeliveryStore implements DeliveryStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async listOfApp(appId: AppId, filter: DeliveryFilter, { page, perPage }: Paging): Promise<Delivery[]> {
    if (filter.hookId !== undefined && !isHookId(filter.hookId)) return [];
    let query = selectDeliveries(this.#db).where('webhook_deliveries.app_id', '=', appId);
    if (filter.hookId !== undefined) query = query.where('webhook_deliveries.hook_id', '=', filter.hookId);
    if (filter.status !== undefined) query = query.where('webhook_deliveries.status', '=', filter.status);
    const rows = await query
      .orderBy('webhook_deliveries.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(toDelivery);
  }

  async findOwned(deliveryId: string, ownerOrganizationId: OrganizationId): Promise<Delivery | undefined> {
    if (!isDeliveryId(deliveryId)) return undefined;
    const row = await selectDeliveries(this.#db)
      .innerJoin('apps', 'apps.id', 'webhook_deliveries.app_id')
      .where('webhook_deliveries.id', '=', deliveryId)
      .where('apps.owner_organization_id', '=', ownerOrganizationId)
      .executeTakeFirst();
    return row && toDelivery(row);
  }

  async replay(deliveryId: DeliveryId, now: Date): Promise<boolean> {
    const { numAffectedRows } = await sql`
      UPDATE webhook_deliveries SET status = 'pending', failures = 0, next_attempt_at = ${now}
      FROM webhook_events, current_hooks AS hooks
      WHERE webhook_deliveries.id = ${deliveryId} AND webhook_events.id = event_id
        AND hooks.hook_id = webhook_deliveries.hook_id AND can_receive
        AND type = ANY(subscribed_events) AND type = ANY(granted_events)`.execute(this.#db);
    return numAffectedRows === 1n;
  }

  async findRequest(deliveryId: DeliveryId, now: Date): Promise<UnsignedRequest | undefined> {
    const { rows } = await sql<UnsignedRequest>`
      SELECT webhook_deliveries.id, hooks.hook_id AS "hookId", body,
        array_remove(ARRAY[secret_nonce, CASE WHEN previous_expires_at > ${now} THEN previous_nonce END], NULL)
          AS "secretNonces"
      FROM webhook_deliveries JOIN webhook_events ON webhook_events.id = event_id
        JOIN current_hooks AS hooks ON hooks.hook_id = webhook_deliveries.hook_id
      WHERE webhook_deliveries.id = ${deliveryId} AND can_receive
        AND type = ANY(subscribed_events) AND type = ANY(granted_events)`.execute(this.#db);
    return rows[0];
  }
}

function selectDeliveries(db: Kysely<Schema>) {
  return db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_events', 'webhook_events.id', 'webhook_deliveries.event_id')
    .innerJoin('organizations', 'organizations.id', 'webhook_events.organization_id')
    .select((eb) => [
      'webhook_deliveries.id',
      'webhook_deliveries.hook_id',
      'webhook_deliveries.status',
      'webhook_deliveries.created_at',
      'webhook_deliveries.next_attempt_at',
      'webhook_events.type',
      'organizations.id as organization_id',
      'organizations.subdomain',
      'organizations.name as organization_name',
      jsonArrayFrom(
        eb
          .selectFrom('webhook_attempts')
          .select(['started_at', 'duration_ms', 'http_status', 'error', 'response_excerpt'])
          .whereRef('delivery_id', '=', 'webhook_deliveries.id')
          .orderBy('webhook_attempts.id', 'desc')
          .limit(MAX_ATTEMPTS_LISTED),
      ).as('attempts'),
    ]);
}

function toDelivery(row: InferResult<ReturnType<typeof selectDeliveries>>[number]): Delivery {
  const attempts = row.attempts.map((attempt) => ({
    startedAt: new Date(attempt.started_at), // a string in JSON
    durationMs: attempt.duration_ms,
    httpStatus: attempt.http_status,
    error: attempt.error,
    responseExcerpt: attempt.response_excerpt,
  }));
  return {
    id: row.id,
    hookId: row.hook_id,
    organization: { id: row.organization_id, subdomain: row.subdomain, name: row.organization_name },
    eventType: row.type,
    status: row.status,
    attempts: attempts.reverse(),
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
  };
}
