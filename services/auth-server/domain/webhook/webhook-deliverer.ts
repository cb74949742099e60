import type { Clock } from '#common/process/clock.ts';
import type { Initiator } from '../initiator.ts';
import type { Database } from '../stores.ts';
import type { ClaimedDelivery, Outcome } from './delivery-store.ts';
import { type SignedRequest, signedRequest } from './signed-request.ts';
import type { Attempt } from './webhook.ts';
import type { WebhookSigner } from './webhook-signer.ts';

const MINUTE_MS = 60_000;

/** The delay after each failed attempt. If the third retry fails, so does the delivery. */
const RETRY_AFTER_MS: readonly number[] = [5 * MINUTE_MS, 30 * MINUTE_MS, 120 * MINUTE_MS];

/** A signed request, and where to send it. */
export interface WebhookRequest extends SignedRequest {
  readonly url: string;
}

/** A response, or why there was none. */
export type WebhookResponse = Pick<Attempt, 'httpStatus' | 'error' | 'responseExcerpt'>;

/** Sends requests to receivers, whose addresses and responses are not trusted. Never rejects. */
export interface WebhookSender {
  send(request: WebhookRequest): Promise<WebhookResponse>;
}

/** The initiator of actions that no request causes, such as disabling a hook after failed retries. */
const AUTH_SERVER: Initiator = { performedBy: 'service:auth-server', ipAddress: '', requestId: '' };

/** Sends deliveries to their receivers and schedules retries. */
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

  /** Makes one attempt. The outcome is stored by `recordOutcomes`. */
  async attempt(delivery: ClaimedDelivery): Promise<Outcome> {
    const startedAt = this.#clock.now();
    const response = await this.#sender.send({
      ...signedRequest(this.#signer, delivery, startedAt),
      url: delivery.url,
    });
    const durationMs = Math.max(0, this.#clock.now() - startedAt); // the clock may have been set back
    const attempt = { ...response, startedAt: new Date(startedAt), durationMs };
    return { delivery, attempt, next: this.#classify(delivery, response) };
  }

  /**
   * Stores outcomes. The hook of a delivery whose final retry failed is disabled in the same transaction, with an audit
   * event. Without such a delivery, one statement suffices.
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
      const disabled = await hooks.disable([...deliveryByHook.keys()], now);
      await audit.appendAll(
        disabled.map((hook) => ({
          action: 'app_hook_disabled',
          initiator: AUTH_SERVER,
          organizationId: hook.ownerOrganizationId,
          clientId: hook.clientId,
          ...(hook.installId !== null && { installId: hook.installId }),
          details: { hook_id: hook.id, delivery_id: deliveryByHook.get(hook.id) ?? '' },
        })),
        now,
      );
    });
  }

  #classify({ failures }: ClaimedDelivery, { httpStatus }: WebhookResponse): Outcome['next'] {
    if (httpStatus !== null && httpStatus >= 200 && httpStatus < 300) return { status: 'succeeded' };
    const nextAttemptAt = nextAttemptAfter(failures + 1, new Date(this.#clock.now()));
    return nextAttemptAt === undefined ? { status: 'failed' } : { status: 'pending', nextAttemptAt };
  }
}

/** When to retry after `failures` failed attempts, the last one at `now`; undefined: never. */
function nextAttemptAfter(failures: number, now: Date): Date | undefined {
  const wait = RETRY_AFTER_MS[failures - 1];
  return wait === undefined ? undefined : new Date(now.getTime() + wait);
}
