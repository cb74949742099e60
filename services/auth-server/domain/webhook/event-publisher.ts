import { hash } from 'node:crypto';
import { conflict, type FieldViolation, invalidFields, notFound } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import { BatchQueue } from '../batch-queue.ts';
import type { OrganizationId } from '../ids.ts';
import { eventBody, isWebhookEvent, WEBHOOK_EVENTS } from './event-catalog.ts';
import type { EventStore, NewEvent, PublishedEvent, PublishResult } from './event-store.ts';

const MAX_DATA_BYTES = 64 * 1024;
/** A batch is one commit with at most 4 MiB of data. While one batch waits for the disk, another can be executed. */
const BATCHES = { maxRunning: 2, maxBatchSize: 64, maxQueued: 1_000, retriesSeparately: true };
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,128}$/;

/** An event from the host platform, not validated yet. */
export interface PublishInput {
  readonly organizationId: OrganizationId;
  readonly type: string;
  /** A JSON object. */
  readonly data: object | undefined;
  readonly idempotencyKey: string;
  /** When it happened. Default: now. */
  readonly createdAt: Date | undefined;
}

/** Publishes events of the host platform. */
export class EventPublisher {
  readonly #queue: BatchQueue<NewEvent, PublishResult>;
  readonly #clock: Clock;

  constructor(events: EventStore, clock: Clock) {
    this.#queue = new BatchQueue((batch) => events.publish(batch, new Date(clock.now())), BATCHES);
    this.#clock = clock;
  }

  /**
   * Queues a delivery for every live install that may receive the event, and returns after the commit. A repeated key
   * returns the result of the first call. Throws INVALID_FIELD, NOT_FOUND for an unknown organization, and CONFLICT for a
   * key that was used for another event or has just expired.
   */
  async publish(event: PublishInput): Promise<PublishedEvent> {
    const { organizationId, type, idempotencyKey, createdAt } = event;
    const data = validatedData(event);
    const content = [type, canonical(data), createdAt?.getTime() ?? null];
    const digest = hash('sha256', JSON.stringify(content), 'buffer');
    const body = eventBody(type, createdAt ?? new Date(this.#clock.now()), data);
    const published = await this.#queue.run({ organizationId, type, body, idempotencyKey, digest });
    if (published === 'organization_not_found') {
      throw notFound(`There is no organization ${organizationId}. Create it first with PutOrganization`);
    }
    if (published === 'expired') {
      throw conflict('idempotency_key has just expired; retry the request');
    }
    if (!published.digest.equals(digest)) {
      throw conflict('idempotency_key was used for another event of this organization');
    }
    return published;
  }
}

function validatedData({ type, data, idempotencyKey, createdAt }: PublishInput): object {
  const violations: FieldViolation[] = [];
  if (!isWebhookEvent(type)) {
    violations.push({ field: 'type', message: `must be one of ${WEBHOOK_EVENTS.join(', ')}` });
  }
  if (data === undefined || Buffer.byteLength(JSON.stringify(data)) > MAX_DATA_BYTES) {
    violations.push({ field: 'data', message: `is required, and at most ${MAX_DATA_BYTES} bytes as JSON` });
  }
  if (!IDEMPOTENCY_KEY.test(idempotencyKey)) {
    violations.push({ field: 'idempotency_key', message: 'must be 1 to 128 printable ASCII characters' });
  }
  if (createdAt !== undefined && Number.isNaN(createdAt.getTime())) {
    violations.push({ field: 'created_at', message: 'must be a valid time' });
  }
  if (violations.length > 0) throw invalidFields(violations);
  return data as object;
}

/** Sorts object members, which a publisher may send in another order when it retries. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, canonical(member)]));
}
