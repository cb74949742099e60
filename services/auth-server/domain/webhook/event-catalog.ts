/** Events in an organization. An install grants them to its app. Every list uses this order. */
export const WEBHOOK_EVENTS = [
  'post_created',
  'post_updated',
  'post_completed',
  'changelog_created',
  'changelog_updated',
  'changelog_published',
] as const;

/** Events about an app's own installs. They need no grant and, because of `app_uninstalled`, no active install. */
export const LIFECYCLE_EVENTS = ['app_installed', 'app_uninstalled', 'token_revoked'] as const;

export type LifecycleEventType = (typeof LIFECYCLE_EVENTS)[number];

/** Every event that an app can subscribe to. Every list uses this order. */
export const SUBSCRIBABLE_EVENTS: readonly string[] = [...WEBHOOK_EVENTS, ...LIFECYCLE_EVENTS];

/** Only apps that declare this scope may have a webhook URL and subscribe to events. */
export const WEBHOOK_SCOPE = 'webhooks:manage';

const WEBHOOK_EVENT_NAMES: ReadonlySet<string> = new Set(WEBHOOK_EVENTS);

/** False for lifecycle events. */
export const isWebhookEvent = (name: string): boolean => WEBHOOK_EVENT_NAMES.has(name);

/** The subscribable events among `names`, without duplicates, in catalog order. */
export function inEventOrder(names: readonly string[]): string[] {
  return SUBSCRIBABLE_EVENTS.filter((event) => names.includes(event));
}

/** The events that an organization grants: those in both lists, without duplicates, in catalog order. */
export function intersectWebhookEvents(chosen: readonly string[], allowed: readonly string[]): string[] {
  return WEBHOOK_EVENTS.filter((event) => chosen.includes(event) && allowed.includes(event));
}

/** The body of a delivery (docs/guide/webhooks.md). `created` is in seconds since 1970. */
export function eventBody(type: string, happenedAt: Date, data: object): string {
  return JSON.stringify({ type, created: Math.floor(happenedAt.getTime() / 1_000), data });
}
