/** Every event that an app can subscribe to, in the order of every answer. */
export const WEBHOOK_EVENTS = [
  'post_created',
  'post_updated',
  'post_completed',
  'changelog_created',
  'changelog_updated',
  'changelog_published',
] as const;

/** Only apps that declare this scope may have a webhook URL and subscribe to events. */
export const WEBHOOK_SCOPE = 'webhooks:manage';

const KNOWN: ReadonlySet<string> = new Set(WEBHOOK_EVENTS);

export const isKnownWebhookEvent = (name: string): boolean => KNOWN.has(name);

/** What of `chosen` is among `allowed`, each once, in catalog order. */
export function intersectWebhookEvents(chosen: readonly string[], allowed: readonly string[]): string[] {
  return WEBHOOK_EVENTS.filter((event) => chosen.includes(event) && allowed.includes(event));
}
