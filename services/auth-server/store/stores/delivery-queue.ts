import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Capacity, ClaimedDelivery, DeliveryQueue, Outcome } from '../../domain/webhook/delivery-store.ts';
import { PREPARED } from '../prepared-statements.ts';
import type { Schema } from '../schema.ts';
import { receivingHooks } from './receiving-hooks.ts';

interface ClaimedRow {
  readonly id: string;
  readonly app_id: number;
  readonly hook_id: string;
  readonly failures: number;
  readonly url: string;
  readonly body: string;
  readonly secret_nonce: Buffer;
  readonly previous_nonce: Buffer | null;
}

export class PgDeliveryQueue implements DeliveryQueue {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /**
   * `lanes` are the apps that are owed something, found by hopping through the index from one to the next, so the cost
   * is that of their number and not of their backlogs. From each lane the longest due are taken, slow ones last; when not
   * all lanes can have their turn, chance decides.
   */
  async claim({ total, ofSlow, perApp, ofApps }: Capacity, now: Date, leasedUntil: Date): Promise<ClaimedDelivery[]> {
    const known = [...ofApps.values()];
    // Rows are locked only as the limits ask for them.
    const dueIn = (lanes: RawBuilder<unknown>, limit: number) => sql`
      (SELECT taken.id FROM (SELECT app_id, free FROM open WHERE ${lanes} ORDER BY random()) AS lanes
      CROSS JOIN LATERAL (
        SELECT id FROM webhook_deliveries
        WHERE status = 'pending' AND app_id = lanes.app_id AND next_attempt_at <= ${now}
        ORDER BY next_attempt_at LIMIT lanes.free FOR UPDATE SKIP LOCKED
      ) AS taken
      LIMIT ${limit})`;
    const { rows } = await sql<ClaimedRow>`${PREPARED}
      WITH RECURSIVE lanes (app_id) AS (
        (SELECT app_id FROM webhook_deliveries WHERE status = 'pending' ORDER BY app_id LIMIT 1)
        UNION ALL
        SELECT (
          SELECT next.app_id FROM webhook_deliveries AS next
          WHERE next.status = 'pending' AND next.app_id > lanes.app_id ORDER BY next.app_id LIMIT 1)
        FROM lanes WHERE lanes.app_id IS NOT NULL
      ), open AS MATERIALIZED (
        SELECT lanes.app_id, coalesce(free, ${perApp}) AS free, coalesce(is_slow, false) AS is_slow
        FROM lanes LEFT JOIN unnest(
          ${[...ofApps.keys()]}::bigint[], ${known.map(({ free }) => free)}::integer[], ${known.map(({ isSlow }) => isSlow)}::boolean[]
        ) AS known (app_id, free, is_slow) ON known.app_id = lanes.app_id
        WHERE lanes.app_id IS NOT NULL
      ), due AS MATERIALIZED (
        SELECT id FROM (${dueIn(sql`NOT is_slow`, total)} UNION ALL ${dueIn(sql`is_slow`, ofSlow)}) AS found LIMIT ${total}
      ), claimed AS (
        UPDATE webhook_deliveries AS deliveries SET
          status = CASE WHEN may_receive AND type = ANY(events) THEN 'pending' ELSE 'cancelled' END,
          next_attempt_at = CASE WHEN may_receive AND type = ANY(events) THEN ${leasedUntil}::timestamptz END
        FROM due, webhook_events AS about, ${receivingHooks} AS hooks
        WHERE deliveries.id = due.id AND about.id = deliveries.event_id AND hooks.hook_id = deliveries.hook_id
        RETURNING deliveries.id, deliveries.app_id, deliveries.hook_id, failures, status, url, body, secret_nonce,
          CASE WHEN previous_expires_at > ${now} THEN previous_nonce END AS previous_nonce
      )
      SELECT * FROM claimed WHERE status = 'pending'`.execute(this.#db);
    return rows.map((row) => ({
      id: row.id,
      appId: row.app_id,
      hookId: row.hook_id,
      url: row.url,
      body: row.body,
      secretNonces: row.previous_nonce === null ? [row.secret_nonce] : [row.secret_nonce, row.previous_nonce],
      failures: row.failures,
      leasedUntil,
    }));
  }

  async settle(outcomes: readonly Outcome[]): Promise<Pick<ClaimedDelivery, 'id' | 'hookId'>[]> {
    const column = <T>(of: (outcome: Outcome) => T) => outcomes.map(of);
    const { rows } = await sql<Pick<ClaimedDelivery, 'id' | 'hookId'>>`${PREPARED}
      WITH outcomes AS (
        SELECT * FROM unnest(
          ${column(({ delivery }) => delivery.id)}::uuid[],
          ${column(({ delivery }) => delivery.leasedUntil)}::timestamptz[],
          ${column(({ next }) => next.status)}::text[],
          ${column(({ next }) => ('nextAttemptAt' in next ? next.nextAttemptAt : null))}::timestamptz[],
          ${column(({ attempt }) => attempt.startedAt)}::timestamptz[],
          ${column(({ attempt }) => attempt.durationMs)}::integer[],
          ${column(({ attempt }) => attempt.httpStatus)}::integer[],
          ${column(({ attempt }) => attempt.error)}::text[],
          ${column(({ attempt }) => attempt.responseExcerpt)}::text[]
        ) AS outcomes (
          delivery_id, leased_until, status, next_attempt_at, started_at, duration_ms, http_status, error, response_excerpt)
      ), attempts AS (
        INSERT INTO webhook_attempts (delivery_id, started_at, duration_ms, http_status, error, response_excerpt)
        SELECT delivery_id, started_at, duration_ms, http_status, error, response_excerpt FROM outcomes
        WHERE delivery_id IN (SELECT id FROM webhook_deliveries)
      ), settled AS (
        UPDATE webhook_deliveries AS deliveries SET
          status = outcomes.status,
          next_attempt_at = outcomes.next_attempt_at,
          failures = failures + CASE WHEN outcomes.status = 'succeeded' THEN 0 ELSE 1 END
        FROM outcomes
        WHERE deliveries.id = delivery_id AND (
          deliveries.status = 'pending' AND deliveries.next_attempt_at = leased_until
          OR deliveries.status = 'cancelled' AND outcomes.status = 'failed'
          OR outcomes.status = 'succeeded')
        RETURNING deliveries.id, hook_id, old.status AS was, new.status AS status
      )
      SELECT id, hook_id AS "hookId" FROM settled WHERE was = 'pending' AND status = 'failed'`.execute(this.#db);
    return rows;
  }
}
