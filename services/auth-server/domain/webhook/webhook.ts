import type { OrganizationRef } from '../app/app.ts';
import type { AppId, DeliveryId, HookId, InstallId, OrganizationId } from '../ids.ts';

/** Receives the events of an install or, if `installId` is null, the lifecycle and test events of an app. */
export interface Hook {
  readonly id: HookId;
  readonly appId: AppId;
  readonly clientId: string;
  readonly ownerOrganizationId: OrganizationId;
  readonly installId: InstallId | null;
  readonly organization: OrganizationRef | null;
  /** The current webhook URL of the app. */
  readonly url: string | null;
  readonly events: readonly string[];
  readonly disabledAt: Date | null;
  readonly secretCreatedAt: Date;
  readonly previousSecretExpiresAt: Date | null;
}

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed', 'cancelled'] as const;
/** `failed`: the final retry failed. `cancelled`: the hook could not receive it. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The delivery of an event to a hook, as the app's owner sees it. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly hookId: HookId;
  /** Where the event happened. */
  readonly organization: OrganizationRef;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  /** The most recent ones, oldest first. */
  readonly attempts: readonly Attempt[];
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
}

/** One attempt of a delivery. */
export interface Attempt {
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Null if there was no response; then `error` says why. */
  readonly httpStatus: number | null;
  readonly error: string | null;
  /** The start of the response body, at most 1 KiB. */
  readonly responseExcerpt: string;
}
