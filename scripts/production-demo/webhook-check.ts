import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Receiver, verify } from '../../test/support/receiver.ts';
import { OAuthClient } from '../stack/oauth-client.ts';
import type { ProductionStack } from './production-stack.ts';

const PAUSE_MS = 100;
const TIMEOUT_MS = 5_000;
/** If a server crashes during a delivery, another one sends it after 30 s. */
const MAX_DELAY_MS = 45_000;
const POLL_MS = 50;

/** What an app with a webhook received of the events that were published. */
export interface WebhookReport {
  /** Events whose PublishEvent call has succeeded. */
  readonly published: number;
  /** Requests, including those of an event that was sent more than once. */
  readonly requests: number;
  readonly missing: number;
  /** Requests whose signature does not verify. */
  readonly unverified: number;
}

/** Publishes events, as the host platform does, to an app that verifies what it receives. */
export class WebhookCheck {
  readonly #publisher: ProductionStack['webhookPublisher'];
  readonly #organizationId: bigint;
  readonly #receiver: Receiver;
  readonly #secret: string;
  readonly #published: string[] = [];
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(stack: ProductionStack, receiver: Receiver, secret: string) {
    this.#publisher = stack.webhookPublisher;
    this.#organizationId = BigInt(stack.info.demo.target_organization.id);
    this.#receiver = receiver;
    this.#secret = secret;
  }

  /** Registers and installs the app, and begins to publish. */
  static async start(stack: ProductionStack): Promise<WebhookCheck> {
    const receiver = await Receiver.start();
    const app = await OAuthClient.register(stack.info, 'Subscriber', {
      declared_scopes: ['posts:read', 'webhooks:manage'],
      webhook_url: receiver.url,
      subscribed_webhook_events: ['post_created'],
    });
    await app.install();
    const check = new WebhookCheck(stack, receiver, await app.rotateWebhookSecret());
    check.#running = check.#publish();
    return check;
  }

  /** Stops publishing, and waits until all events have been received or MAX_DELAY_MS is over. */
  async stop(): Promise<WebhookReport> {
    this.#isStopping = true;
    await this.#running;
    const deadline = performance.now() + MAX_DELAY_MS;
    while (this.#missing() > 0 && performance.now() < deadline) await sleep(POLL_MS);
    await this.#receiver.stop();
    const { received } = this.#receiver;
    const unverified = received.filter((request) => !this.#isVerified(request)).length;
    return { published: this.#published.length, requests: received.length, missing: this.#missing(), unverified };
  }

  async #publish(): Promise<void> {
    while (!this.#isStopping) {
      const key = randomUUID();
      // Repeated with the same key until it succeeds, so the event is published once.
      while (!this.#isStopping && !(await this.#publishOnce(key))) await sleep(PAUSE_MS);
      await sleep(PAUSE_MS);
    }
  }

  async #publishOnce(key: string): Promise<boolean> {
    const event = { organizationId: this.#organizationId, type: 'post_created', data: { key }, idempotencyKey: key };
    try {
      await this.#publisher.publishEvent(event, { timeoutMs: TIMEOUT_MS });
    } catch {
      return false;
    }
    this.#published.push(key);
    return true;
  }

  #missing(): number {
    const keys = new Set(this.#receiver.received.map(({ event }) => event.data.key));
    return this.#published.filter((key) => !keys.has(key)).length;
  }

  #isVerified(request: Receiver['received'][number]): boolean {
    try {
      verify(this.#secret, request, Number(request.headers['webhook-timestamp']) * 1_000);
      return true;
    } catch {
      return false;
    }
  }
}

/** The problems of a run; empty if there are none. */
export function webhookProblems({ published, missing, unverified }: WebhookReport): string[] {
  const problems = [];
  if (published === 0) problems.push('webhooks: no event was published');
  if (missing > 0) problems.push(`webhooks: ${missing} of ${published} events were not received`);
  if (unverified > 0) problems.push(`webhooks: ${unverified} requests have a wrong signature`);
  return problems;
}
