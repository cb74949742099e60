import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { WebhookDelivery } from '../../gen/featureos/oauth/v1/webhook_pb.ts';
import type { Clients } from './clients.ts';

const PER_PAGE = 100;
/** A delivery can appear in the list up to this long after it was created, below newer ones, if its transaction ends late. */
const LATE_MS = 60_000;

/** Finds the deliveries of an app as they are created. */
export class DeliveryFeed {
  readonly #webhooks: Clients['webhooks'];
  readonly #clientId: string;
  readonly #seen = new Set<string>();
  #from = Number.NEGATIVE_INFINITY;

  private constructor(webhooks: Clients['webhooks'], clientId: string) {
    this.#webhooks = webhooks;
    this.#clientId = clientId;
  }

  /** Skips the deliveries that exist now. */
  static async start(webhooks: Clients['webhooks'], clientId: string): Promise<DeliveryFeed> {
    const feed = new DeliveryFeed(webhooks, clientId);
    const [newest] = await feed.#page(1);
    // Compares times of the server only, because its clock may differ from this machine's.
    if (newest !== undefined) feed.#from = createdMs(newest) - LATE_MS;
    await feed.each(() => false);
    return feed;
  }

  /**
   * Calls `handle` for the deliveries that have appeared in the list since the last call, except below a whole page of known ones;
   * the oldest first, until it returns true, which is returned. After an error, those not handled come again in the next call.
   */
  async each(handle: (delivery: WebhookDelivery) => boolean | Promise<boolean>): Promise<boolean> {
    for (const delivery of await this.#unseen()) {
      const isDone = await handle(delivery);
      this.#seen.add(delivery.id);
      if (isDone) return true;
    }
    return false;
  }

  async #unseen(): Promise<WebhookDelivery[]> {
    const found = new Map<string, WebhookDelivery>();
    for (let page = 1; ; page++) {
      const deliveries = await this.#page(page);
      const isKnown = (id: string) => this.#seen.has(id) || found.has(id);
      const unseen = deliveries.filter((delivery) => !isKnown(delivery.id) && createdMs(delivery) >= this.#from);
      for (const delivery of unseen) found.set(delivery.id, delivery);
      if (deliveries.length < PER_PAGE || unseen.length === 0) return [...found.values()].reverse();
    }
  }

  async #page(page: number): Promise<WebhookDelivery[]> {
    return (await this.#webhooks.listDeliveries({ clientId: this.#clientId, page, perPage: PER_PAGE })).deliveries;
  }
}

const createdMs = ({ createdAt }: WebhookDelivery): number => (createdAt === undefined ? 0 : timestampMs(createdAt));
