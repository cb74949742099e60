import type { OrganizationRef } from '../app/app.ts';
import type { EndedInstall } from '../install/install-store.ts';
import type { LifecycleEventType } from './event-catalog.ts';
import { eventBody } from './event-catalog.ts';
import type { EventStore } from './event-store.ts';

/** Tells apps of installs that have ended, and why. A deleted app has no address any more to send events to. */
export async function enqueueUninstallEvents(
  events: EventStore,
  ended: readonly EndedInstall[],
  now: Date,
): Promise<void> {
  const reasons = Map.groupBy(ended, ({ endReason }) => endReason);
  reasons.delete('app_deleted');
  for (const [reason, installs] of reasons)
    await enqueueLifecycleEvents(events, 'app_uninstalled', installs, { reason }, now);
}

/** The install that something happened to. */
export interface LifecycleInstall {
  readonly id: string;
  readonly appId: number;
  readonly organization: Pick<OrganizationRef, 'id' | 'subdomain'>;
}

/**
 * Tells apps what became of installs of theirs, where they subscribe to it. Call it in the transaction that does it: then
 * no app learns of a disconnect from a 401 alone, and none is told of one that was rolled back.
 */
export async function enqueueLifecycleEvents(
  events: EventStore,
  type: LifecycleEventType,
  installs: readonly LifecycleInstall[],
  details: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<void> {
  if (installs.length === 0) return;
  await events.enqueueLifecycleEvents(
    installs.map(({ id, appId, organization: { id: organizationId, subdomain } }) => {
      const data = { install_id: id, organization: { id: organizationId, subdomain }, ...details };
      return { type, appId, organizationId, body: eventBody(type, now, data) };
    }),
    now,
  );
}
