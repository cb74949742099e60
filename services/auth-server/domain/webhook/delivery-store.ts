import type { AppId, DeliveryId, HookId, OrganizationId } from '../ids.ts';
import type { Paging } from '../paging.ts';
import type { Attempt, Delivery, DeliveryStatus } from './webhook.ts';

/** Fields that are not set match every delivery. */
export interface DeliveryFilter {
  readonly hookId?: string;
  readonly status?: DeliveryStatus;
}

/** The content of a request to a receiver. */
export interface UnsignedRequest {
  readonly id: DeliveryId;
  readonly hookId: HookId;
  readonly body: string;
  /** One for each valid secret, the current one first. */
  readonly secretNonces: readonly Buffer[];
}

/** The delivery log of an app, for its owner. */
export interface DeliveryStore {
  /** Newest first. */
  listOfApp(appId: AppId, filter: DeliveryFilter, paging: Paging): Promise<Delivery[]>;
  /** Scoped by the app's owner. */
  findOwned(deliveryId: string, ownerOrganizationId: OrganizationId): Promise<Delivery | undefined>;
  /** Makes the delivery due now, and gives it all its retries again. False if its hook cannot receive it. */
  replay(deliveryId: DeliveryId, now: Date): Promise<boolean>;
  /** What the receiver of the delivery would get now. Undefined if the hook cannot receive it. */
  findRequest(deliveryId: DeliveryId, now: Date): Promise<UnsignedRequest | undefined>;
}

/** A delivery that this server has claimed until `leasedUntil`; then any server may claim it. */
export interface ClaimedDelivery extends UnsignedRequest {
  readonly appId: AppId;
  readonly url: string;
  readonly failures: number;
  readonly leasedUntil: Date;
}

/** How many deliveries a server can claim. */
export interface Capacity {
  readonly total: number;
  /** How many of `total` may be claimed for slow apps (delivery-slots.ts). */
  readonly ofSlow: number;
  /** For each app that is not in `ofApps`. */
  readonly perApp: number;
  /** By app: how many can be claimed for it, and whether it is slow. */
  readonly ofApps: ReadonlyMap<number, { readonly free: number; readonly isSlow: boolean }>;
}

/** The outcome of an attempt. */
export interface Outcome {
  readonly delivery: ClaimedDelivery;
  readonly attempt: Attempt;
  readonly next:
    | { readonly status: 'succeeded' }
    | { readonly status: 'failed' }
    | { readonly status: 'pending'; readonly nextAttemptAt: Date };
}

/** Due deliveries, claimed by servers. */
export interface DeliveryQueue {
  /**
   * Claims due deliveries fairly across apps, so that the backlog of one app does not delay others. Cancels deliveries
   * whose hooks can no longer receive them.
   */
  claim(capacity: Capacity, now: Date, leasedUntil: Date): Promise<ClaimedDelivery[]>;
  /**
   * Stores the attempts and updates their deliveries. If a delivery was claimed or replayed since, only the outcome
   * `succeeded` updates it; if it was cancelled since, `failed` does, too. Returns the failed deliveries whose
   * hooks must be disabled. Cancelled ones are not among them: their attempts may date from before the hook was enabled
   * again.
   */
  recordOutcomes(outcomes: readonly Outcome[]): Promise<Pick<ClaimedDelivery, 'id' | 'hookId'>[]>;
}
