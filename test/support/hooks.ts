import type { JsonObject } from '@bufbuild/protobuf';
import { WebhookService } from '../../gen/featureos/oauth/v1/webhook_service_pb.ts';
import { expectStatus, GLOBEX, OWNER_ADMIN, type RegisteredApp, type World } from './world.ts';

const WAIT_MS = 20_000;

export interface EventFields {
  readonly organizationId?: bigint;
  readonly type?: string;
  readonly data?: JsonObject;
  readonly idempotencyKey?: string;
  readonly createdAt?: { readonly seconds: bigint; readonly nanos: number };
}

/** Requests about webhooks: of the host platform, and of the admin of an app's owner. */
export class Hooks {
  readonly #bed: { readonly world: World };
  #keys = 0;

  constructor(bed: { readonly world: World }) {
    this.#bed = bed;
  }

  /** Registers an app of acme, with this webhook URL, and by default subscribed to `post_created` and `post_updated`. */
  registerApp(url: string, fields: Record<string, unknown> = {}): Promise<RegisteredApp> {
    return this.#bed.world.registerApp({
      declared_scopes: ['posts:read', 'webhooks:manage'],
      webhook_url: url,
      subscribed_webhook_events: ['post_created', 'post_updated'],
      ...fields,
    });
  }

  /** Publishes an event as the host platform, in globex by default. */
  publish(fields: EventFields = {}) {
    const { system } = this.#bed.world;
    return system.rpc(WebhookService, system.tokens.platform).publishEvent({
      organizationId: GLOBEX,
      type: 'post_created',
      data: { id: 1, title: 'A post' },
      idempotencyKey: `key-${++this.#keys}`,
      ...fields,
    });
  }

  /** Sends a request as the owner's admin. */
  owner(method: string, path: string, body?: unknown) {
    return this.#bed.world.as(OWNER_ADMIN, method, path, body, 'acme');
  }

  // biome-ignore lint/suspicious/noExplicitAny: an HTTP response
  async list({ clientId }: RegisteredApp): Promise<any[]> {
    return expectStatus(200, await this.owner('GET', `/oauth/apps/${clientId}/hooks`)).body.hooks;
  }

  /** The hook of the app's only install; undefined if there is no install. */
  // biome-ignore lint/suspicious/noExplicitAny: an HTTP response
  async installHookOf(app: RegisteredApp): Promise<any> {
    return (await this.list(app)).find(({ install_id }) => install_id !== null);
  }

  // biome-ignore lint/suspicious/noExplicitAny: an HTTP response
  async deliveries({ clientId }: RegisteredApp, query = ''): Promise<any[]> {
    return expectStatus(200, await this.owner('GET', `/oauth/apps/${clientId}/deliveries${query}`)).body.deliveries;
  }

  /** The newest deliveries once they match. */
  // biome-ignore lint/suspicious/noExplicitAny: an HTTP response
  async until(app: RegisteredApp, matches: (deliveries: any[]) => boolean): Promise<any[]> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const deliveries = await this.deliveries(app);
      if (matches(deliveries)) return deliveries;
      if (performance.now() > deadline) throw new Error(`the deliveries are still ${JSON.stringify(deliveries)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Rotates the signing secret as the owner's admin. */
  async rotate(hookId: string, overlapSeconds = 0): Promise<string> {
    const body = { overlap_seconds: overlapSeconds };
    return expectStatus(200, await this.owner('POST', `/oauth/hooks/${hookId}/rotate_secret`, body)).body.secret;
  }
}
