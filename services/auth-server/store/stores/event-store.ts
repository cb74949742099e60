import { type Kysely, sql } from 'kysely';
import { conflict } from '#common/errors/app-error.ts';
import type { EventStore, NewEvent, NewLifecycleEvent, PublishedEvent } from '../../domain/webhook/event-store.ts';
import type { Schema } from '../schema.ts';

export class PgEventStore implements EventStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async publish(event: NewEvent, now: Date): Promise<PublishedEvent> {
    const { organizationId, type, body, idempotencyKey, digest } = event;
    const { rows } = await sql<{ id: string; deliveries: number }>`
      SELECT * FROM public.publish_event(
        ${organizationId}, ${type}, ${body}, ${idempotencyKey}, ${digest}, ${now})`.execute(this.#db);
    const [published] = rows;
    if (published !== undefined) return { eventId: published.id, deliveries: published.deliveries, digest };
    return this.#published(organizationId, idempotencyKey);
  }

  async announce(events: readonly NewLifecycleEvent[], now: Date): Promise<void> {
    const column = <T>(of: (event: NewLifecycleEvent) => T) => events.map(of);
    await sql`
      SELECT public.publish_lifecycle_events(
        ${column(({ appId }) => appId)}, ${column(({ organizationId }) => organizationId)},
        ${column(({ type }) => type)}, ${column(({ body }) => body)}, ${now})`.execute(this.#db);
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
