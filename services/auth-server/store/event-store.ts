import DataLoader from 'dataloader';
import { type Kysely, sql } from 'kysely';
import type {
  EventStore,
  NewEvent,
  NewLifecycleEvent,
  PublishedEvent,
  PublishResult,
} from '../domain/webhook/event-store.ts';
import { sendWithNext } from './postgres/transactions.ts';
import type { Schema } from './schema.ts';

type TimedEvent = NewLifecycleEvent & { readonly now: Date };

export class PgEventStore implements EventStore {
  readonly #db: Kysely<Schema>;
  // Combines the calls of grants that share a transaction into one statement.
  readonly #lifecycleEvents = new DataLoader<TimedEvent, undefined>((events) => this.#enqueueAll(events), {
    cache: false,
  });

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async publish(events: readonly NewEvent[], now: Date): Promise<PublishResult[]> {
    const column = <T>(of: (event: NewEvent) => T) => events.map(of);
    const { rows } = await sql<PublishedRow>`
      SELECT organization_exists, event_id AS "eventId", digest, deliveries FROM public.publish_events(
        ${column(({ organizationId }) => organizationId)}, ${column(({ type }) => type)}, ${column(({ body }) => body)},
        ${column(({ idempotencyKey }) => idempotencyKey)}, ${column(({ digest }) => digest)}, ${now})
      ORDER BY place`.execute(this.#db);
    return rows.map(({ organization_exists, ...row }) => {
      if (!organization_exists) return 'organization_not_found';
      return isPublished(row) ? row : 'expired';
    });
  }

  async enqueueLifecycleEvents(events: readonly NewLifecycleEvent[], now: Date): Promise<void> {
    await Promise.all(events.map((event) => this.#lifecycleEvents.load({ ...event, now })));
  }

  async #enqueueAll(events: readonly TimedEvent[]): Promise<undefined[]> {
    const column = <T>(of: (event: TimedEvent) => T) => events.map(of);
    await sendWithNext(
      this.#db,
      sql`SELECT public.enqueue_lifecycle_events(
        ${column(({ appId }) => appId)}, ${column(({ organizationId }) => organizationId)},
        ${column(({ type }) => type)}, ${column(({ body }) => body)}, ${column(({ now }) => now)})`,
    );
    return events.map(() => undefined);
  }
}

interface PublishedRow {
  readonly organization_exists: boolean;
  readonly eventId: string | null;
  readonly digest: Buffer | null;
  readonly deliveries: number;
}

const isPublished = (row: { readonly eventId: string | null }): row is PublishedEvent => row.eventId !== null;
