import { conflict, invalidFields } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { AdminRequest, AppManager } from '../app/app-manager.ts';
import type { Database } from '../stores.ts';
import { eventBody, SUBSCRIBABLE_EVENTS } from './event-catalog.ts';

/** Sends test events to apps' own hooks, so that a developer can see a delivery before any install grants events. */
export class TestEvents {
  readonly #database: Database;
  readonly #apps: AppManager;
  readonly #clock: Clock;

  constructor(database: Database, apps: AppManager, clock: Clock) {
    this.#database = database;
    this.#apps = apps;
    this.#clock = clock;
  }

  /** Throws INVALID_FIELD for an unknown type, CONFLICT if the app has no webhook URL or no subscription to the type. */
  async send(by: AdminRequest, clientId: string, type: string): Promise<void> {
    if (!SUBSCRIBABLE_EVENTS.includes(type)) {
      throw invalidFields([{ field: 'type', message: `must be one of ${SUBSCRIBABLE_EVENTS.join(', ')}` }]);
    }
    const { id: appId, ownerOrganization, webhookUrl, subscribedWebhookEvents } = await this.#apps.get(by, clientId);
    if (webhookUrl === null) throw conflict('The app has no webhook_url; set one first');
    if (!subscribedWebhookEvents.includes(type)) {
      throw conflict(`The app does not subscribe to ${type}; add it to subscribed_webhook_events first`);
    }
    const now = new Date(this.#clock.now());
    const organizationId = ownerOrganization.id;
    const event = { type, appId, organizationId, body: eventBody(type, now, { test: true }) };
    await this.#database.transaction(async ({ events, audit }) => {
      await events.enqueueLifecycleEvents([event], now);
      const entry = { action: 'app_test_event_sent', initiator: by.initiator, organizationId, clientId } as const;
      await audit.append({ ...entry, details: { type } }, now);
    });
  }
}
