import type { OrganizationRef } from '../app/app.ts';

/** Where one install's events go, or (`installId` null) the lifecycle events of an app. */
export interface Hook {
  readonly id: string;
  readonly appId: number;
  readonly clientId: string;
  readonly ownerOrganizationId: number;
  readonly installId: string | null;
  readonly organization: OrganizationRef | null;
  /** The app's webhook URL at this moment. */
  readonly url: string | null;
  readonly events: readonly string[];
  readonly disabledAt: Date | null;
  readonly secretCreatedAt: Date;
  readonly previousSecretExpiresAt: Date | null;
}

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed', 'cancelled'] as const;
/** `failed`: the last retry failed. `cancelled`: when its time came its hook could not receive it. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One event on its way to one hook, as the app's owner sees it. */
export interface Delivery {
  readonly id: string;
  readonly hookId: string;
  /** Where the event happened. */
  readonly organization: OrganizationRef;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  /** The newest ones, oldest first. */
  readonly attempts: readonly Attempt[];
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
}

/** One attempt of a delivery. */
export interface Attempt {
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Null where no answer came; then `error` says why. */
  readonly httpStatus: number | null;
  readonly error: string | null;
  /** The first bytes of the answer, at most 1 KiB. */
  readonly responseExcerpt: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it could be the id of a hook or a delivery; whatever else somebody sends names none. */
export const isWebhookId = (text: string): boolean => UUID.test(text);
