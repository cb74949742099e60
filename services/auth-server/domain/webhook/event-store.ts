import type { LifecycleEventType } from './event-catalog.ts';

/** An event as the host platform publishes it. */
export interface NewEvent {
  readonly organizationId: number;
  readonly type: string;
  /** What is sent, byte for byte. */
  readonly body: string;
  readonly idempotencyKey: string;
  /** SHA-256 over what was said, to tell a repeat from another event. */
  readonly digest: Buffer;
}

/** What became of it, now or when the same key was first used. */
export interface PublishedEvent {
  readonly eventId: string;
  readonly digest: Buffer;
  /** How many installs were granted it. */
  readonly deliveries: number;
}

/** `forgotten`: the event under a key that was used before has just been removed for its age. */
export type PublishResult = PublishedEvent | 'organization_not_found' | 'forgotten';

/** A lifecycle event of one install. */
export interface NewLifecycleEvent {
  readonly type: LifecycleEventType;
  readonly appId: number;
  readonly organizationId: number;
  readonly body: string;
}

export interface EventStore {
  /**
   * In one statement the events and a delivery for each live install that was granted them; `cancelled` from the start for a
   * hook that cannot receive it now, so that it can be replayed. A key that was used before, or by an earlier one of these
   * events, publishes nothing. The results are in the order of the events.
   */
  publish(events: readonly NewEvent[], now: Date): Promise<PublishResult[]>;
  /** Lifecycle events to the hooks of their apps, where those subscribe to them. Part of the transaction that makes them true. */
  enqueueLifecycleEvents(events: readonly NewLifecycleEvent[], now: Date): Promise<void>;
}
