import type { Clock } from '#common/process/clock.ts';
import type { Origin } from '../origin.ts';
import type { Database } from '../stores.ts';
import type { ClaimedDelivery, Outcome } from './delivery-store.ts';
import type { Attempt } from './webhook.ts';
import type { WebhookSigner } from './webhook-signer.ts';

const MINUTE_MS = 60_000;

/** The product's rule: after each failed attempt, when the next one follows. None is left after the third retry. */
export const RETRY_AFTER_MS: readonly number[] = [5 * MINUTE_MS, 30 * MINUTE_MS, 120 * MINUTE_MS];

/** What is sent to a receiver. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of it: an answer, or why none came. */
export type WebhookResponse = Pick<Attempt, 'httpStatus' | 'error' | 'responseExcerpt'>;

/** The way out to receivers, which trusts neither their addresses nor their answers. Never rejects. */
export interface WebhookSender {
  send(request: WebhookRequest): Promise<WebhookResponse>;
}

/** The server itself, as the audit log names it. */
const OURSELVES: Origin = { performedBy: 'service:auth-server', ipAddress: '', requestId: '' };

/** Takes one delivery to its receiver, and decides what follows. */
export class WebhookDeliverer {
  readonly #database: Database;
  readonly #sender: WebhookSender;
  readonly #signer: WebhookSigner;
  readonly #clock: Clock;

  constructor(database: Database, sender: WebhookSender, signer: WebhookSigner, clock: Clock) {
    this.#database = database;
    this.#sender = sender;
    this.#signer = signer;
    this.#clock = clock;
  }

  /** One attempt. Nothing of it is kept until it is settled. */
  async attempt(delivery: ClaimedDelivery): Promise<Outcome> {
    const startedAt = this.#clock.now();
    const answer = await this.#sender.send(this.#request(delivery, startedAt));
    const durationMs = Math.max(0, this.#clock.now() - startedAt); // a clock may be set back
    const attempt = { ...answer, startedAt: new Date(startedAt), durationMs };
    return { delivery, attempt, next: this.#judge(delivery, answer) };
  }

  /**
   * Keeps outcomes. The hook of a delivery whose last retry has failed is disabled in the same transaction, and its
   * owner is told by the audit log and in the list of hooks. Without such a delivery one statement is all there is to do.
   */
  async recordOutcomes(outcomes: readonly Outcome[]): Promise<void> {
    if (!outcomes.some(({ next }) => next.status === 'failed')) {
      await this.#database.stores.deliveryQueue.recordOutcomes(outcomes);
      return;
    }
    await this.#database.transaction(async ({ deliveryQueue, hooks, audit }) => {
      const now = new Date(this.#clock.now());
      const failed = await deliveryQueue.recordOutcomes(outcomes);
      if (failed.length === 0) return;
      const deliveryByHook = new Map(failed.map(({ id, hookId }) => [hookId, id]));
      for (const hook of await hooks.disable([...deliveryByHook.keys()], now)) {
        await audit.append(
          {
            action: 'app_hook_disabled',
            origin: OURSELVES,
            organizationId: hook.ownerOrganizationId,
            clientId: hook.clientId,
            ...(hook.installId !== null && { installId: hook.installId }),
            details: { hook_id: hook.id, delivery_id: deliveryByHook.get(hook.id) ?? '' },
          },
          now,
        );
      }
    });
  }

  /** Standard Webhooks; the timestamp is the attempt's, or receivers would take a retry for a replay. */
  #request({ id, hookId, url, body, secretNonces }: ClaimedDelivery, startedAt: number): WebhookRequest {
    const timestamp = Math.floor(startedAt / 1_000);
    return {
      url,
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': this.#signer.sign(id, timestamp, body, secretNonces),
        // Tells a receiver of many hooks which secret to verify with; it proves nothing, and need not.
        'featureos-hook-id': hookId,
      },
    };
  }

  #judge({ failures }: ClaimedDelivery, { httpStatus }: WebhookResponse): Outcome['next'] {
    if (httpStatus !== null && httpStatus >= 200 && httpStatus < 300) return { status: 'succeeded' };
    const nextAttemptAt = nextAttemptAfter(failures + 1, new Date(this.#clock.now()));
    return nextAttemptAt === undefined ? { status: 'failed' } : { status: 'pending', nextAttemptAt };
  }
}

/** When to try again after `failures` failed attempts, the last one just now; undefined: never. */
export function nextAttemptAfter(failures: number, now: Date): Date | undefined {
  const wait = RETRY_AFTER_MS[failures - 1];
  return wait === undefined ? undefined : new Date(now.getTime() + wait);
}
