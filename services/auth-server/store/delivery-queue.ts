import { type Kysely, sql } from 'kysely';
import type { AppId, DeliveryId, HookId } from '../domain/ids.ts';
import type { Capacity, ClaimedDelivery, DeliveryQueue, Outcome } from '../domain/webhook/delivery-store.ts';
import type { Schema } from './schema.ts';

interface ClaimedRow {
  readonly id: DeliveryId;
  readonly app_id: AppId;
  readonly hook_id: HookId;
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

  async claim({ total, ofSlow, perApp, ofApps }: Capacity, now: Date, leasedUntil: Date): Promise<ClaimedDelivery[]> {
    const known = [...ofApps.values()];
    const { rows } = await sql<ClaimedRow>`
      SELECT * FROM public.claim_deliveries(
        ${total}, ${ofSlow}, ${perApp}, ${[...ofApps.keys()]}, ${known.map(({ free }) => free)},
        ${known.map(({ isSlow }) => isSlow)}, ${now}, ${leasedUntil})`.execute(this.#db);
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

  async recordOutcomes(outcomes: readonly Outcome[]): Promise<Pick<ClaimedDelivery, 'id' | 'hookId'>[]> {
    const column = <T>(of: (outcome: Outcome) => T) => outcomes.map(of);
    const { rows } = await sql<Pick<ClaimedDelivery, 'id' | 'hookId'>>`
      SELECT id, hook_id AS "hookId" FROM public.record_outcomes(
        ${column(({ delivery }) => delivery.id)}, ${column(({ delivery }) => delivery.leasedUntil)},
        ${column(({ next }) => next.status)}, ${column(({ next }) => ('nextAttemptAt' in next ? next.nextAttemptAt : null))},
        ${column(({ attempt }) => attempt.startedAt)}, ${column(({ attempt }) => attempt.durationMs)},
        ${column(({ attempt }) => attempt.httpStatus)}, ${column(({ attempt }) => attempt.error)},
        ${column(({ attempt }) => attempt.responseExcerpt)})`.execute(this.#db);
    return rows;
  }
}
