import type { Paging } from '../paging.ts';
import type { Attempt, Delivery, DeliveryStatus } from './webhook.ts';

/** Which deliveries; what is not set matches everything. */
export interface DeliveryFilter {
  readonly hookId?: string;
  readonly status?: DeliveryStatus;
}

/** The log, as the owner of an app reads it. */
export interface DeliveryStore {
  /** Newest first. */
  listOfApp(appId: number, filter: DeliveryFilter, paging: Paging): Promise<Delivery[]>;
  /** Scoped by the app's owner. */
  findOwned(deliveryId: string, ownerOrganizationId: number): Promise<Delivery | undefined>;
  /** Makes it due now, with all its retries, if its hook may receive it now; true if so. */
  replay(deliveryId: string, now: Date): Promise<boolean>;
}

/** A delivery that this server has taken until `leasedUntil`; after that any server may. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly appId: number;
  readonly hookId: string;
  readonly url: string;
  readonly body: string;
  /** Of the secrets that sign now, the current one first. */
  readonly secretNonces: readonly Buffer[];
  readonly failures: number;
  readonly leasedUntil: Date;
}

/** How much a server can take on. */
export interface Capacity {
  /** In all. */
  readonly total: number;
  /** Of that, of all slow apps together. */
  readonly ofSlow: number;
  /** Of one app. */
  readonly perApp: number;
  /** Of these apps, in place of `perApp`. */
  readonly ofApps: ReadonlyMap<number, { readonly free: number; readonly isSlow: boolean }>;
}

/** What came of an attempt. */
export interface Outcome {
  readonly delivery: ClaimedDelivery;
  readonly attempt: Attempt;
  readonly next:
    | { readonly status: 'succeeded' }
    | { readonly status: 'failed' }
    | { readonly status: 'pending'; readonly nextAttemptAt: Date };
}

/** The same rows as a queue. */
export interface DeliveryQueue {
  /**
   * Takes deliveries that are due, of every app some, so that a backlog of one delays no other. One whose hook may not
   * receive it (any more) is cancelled instead.
   */
  claim(capacity: Capacity, now: Date, leasedUntil: Date): Promise<ClaimedDelivery[]>;
  /**
   * Logs the attempts and moves their deliveries on. One whose lease somebody else has got meanwhile only moves on by
   * a success, one that was cancelled meanwhile also by its last failure. Returns those whose failure disables their hooks:
   * not a cancelled one's, or an attempt from before a hook was enabled again would disable it once more.
   */
  recordOutcomes(outcomes: readonly Outcome[]): Promise<Pick<ClaimedDelivery, 'id' | 'hookId'>[]>;
}
