import type { AppId, OrganizationId } from '../ids.ts';

/** An event as the host platform publishes it. */
export interface NewEvent {
  readonly organizationId: OrganizationId;
  readonly type: string;
  /** The JSON that receivers get. */
  readonly body: string;
  readonly idempotencyKey: string;
  /** SHA-256 of the content, to distinguish a repeat from another event. */
  readonly digest: Buffer;
}

/** The result of this call, or of the first one with the same key. */
export interface PublishedEvent {
  readonly eventId: string;
  readonly digest: Buffer;
  /** The number of its deliveries, cancelled ones included. */
  readonly deliveries: number;
}

/** `expired`: the key was used before, and its event has just been removed by retention. */
export type PublishResult = PublishedEvent | 'organization_not_found' | 'expired';

/** An event for an app's own hook: a lifecycle event of one install, or a test event of any type. */
export interface NewLifecycleEvent {
  readonly type: string;
  readonly appId: AppId;
  readonly organizationId: OrganizationId;
  readonly body: string;
}

export interface EventStore {
  /**
   * Inserts the events, and a delivery for each live install that may receive them and whose app has a webhook URL, in one
   * statement. While the hook is disabled, or the app or an organization is suspended, the delivery is `cancelled`, so that it
   * can be replayed. Events with a key used before, or by an earlier event of the list, are not inserted. Results are in the
   * order of the events.
   */
  publish(events: readonly NewEvent[], now: Date): Promise<PublishResult[]>;
  /**
   * Inserts the events of apps that subscribe to them and have a webhook URL, with deliveries to the apps' own hooks. Call it
   * in the transaction of the change.
   */
  enqueueLifecycleEvents(events: readonly NewLifecycleEvent[], now: Date): Promise<void>;
}
