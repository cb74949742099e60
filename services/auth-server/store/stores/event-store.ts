import { type Kysely, sql } from 'kysely';
import { conflict } from '#common/errors/app-error.ts';
import type { EventStore, NewEvent, NewLifecycleEvent, PublishedEvent } from '../../domain/webhook/event-store.ts';
import { PREPARED } from '../prepared-statements.ts';
import type { Schema } from '../schema.ts';
import { receivingHooks } from './receiving-hooks.ts';

export class PgEventStore implements EventStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async publish(event: NewEvent, now: Date): Promise<PublishedEvent> {
    const { organizationId, type, body, idempotencyKey, digest } = event;
    const { rows } = await sql<{ id: string; deliveries: number }>`${PREPARED}
      WITH published AS (
        INSERT INTO webhook_events (organization_id, type, body, idempotency_key, digest, created_at)
        VALUES (${organizationId}, ${type}, ${body}, ${idempotencyKey}, ${digest}, ${now})
        ON CONFLICT (organization_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
        RETURNING id
      ), owed AS (
        INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
        SELECT published.id, hook_id, app_id, ${ownStatus}, ${ownTime(now)}, ${now}
        FROM published CROSS JOIN ${receivingHooks} AS hooks
        WHERE organization_id = ${organizationId} AND ${type} = ANY(events) AND url IS NOT NULL
          AND install_id IN (SELECT id FROM installs WHERE organization_id = ${organizationId} AND status = 'active')
        RETURNING id
      )
      SELECT id, (SELECT count(*) FROM owed) AS deliveries FROM published`.execute(this.#db);
    const [published] = rows;
    if (published !== undefined) return { eventId: published.id, deliveries: published.deliveries, digest };
    return this.#published(organizationId, idempotencyKey);
  }

  async announce(events: readonly NewLifecycleEvent[], now: Date): Promise<void> {
    await sql`${PREPARED}
      WITH said AS MATERIALIZED (
        SELECT uuidv7() AS id, said.*, hook_id, ${ownStatus} AS status, ${ownTime(now)} AS next_attempt_at
        FROM unnest(
          ${events.map(({ appId }) => appId)}::bigint[], ${events.map(({ organizationId }) => organizationId)}::bigint[],
          ${events.map(({ type }) => type)}::text[], ${events.map(({ body }) => body)}::text[]
        ) AS said (app_id, organization_id, type, body)
        JOIN ${receivingHooks} AS hooks ON hooks.app_id = said.app_id
        WHERE hooks.install_id IS NULL AND type = ANY(events) AND url IS NOT NULL
      ), published AS (
        INSERT INTO webhook_events (id, organization_id, type, body, created_at)
        SELECT id, organization_id, type, body, ${now} FROM said
      )
      INSERT INTO webhook_deliveries (event_id, hook_id, app_id, status, next_attempt_at, created_at)
      SELECT id, hook_id, app_id, status, next_attempt_at, ${now} FROM said`.execute(this.#db);
  }

  /** The event under a key that was used before; all its deliveries were made with it, so they are as many as then. */
  async #published(organizationId: number, idempotencyKey: string): Promise<PublishedEvent> {
    const { rows } = await sql<PublishedEvent>`
      SELECT id AS "eventId", digest,
        (SELECT count(*) FROM webhook_deliveries WHERE event_id = webhook_events.id) AS deliveries
      FROM webhook_events
      WHERE organization_id = ${organizationId} AND idempotency_key = ${idempotencyKey}`.execute(this.#db);
    const [published] = rows;
    if (published === undefined)
      throw conflict('the event under this idempotency_key has just been forgotten; try again');
    return published;
  }
}

const ownStatus = sql<string>`CASE WHEN may_receive THEN 'pending' ELSE 'cancelled' END`;
const ownTime = (now: Date) => sql`CASE WHEN may_receive THEN ${now}::timestamptz END`;
