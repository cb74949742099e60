import type { OrganizationRef } from '../app/app.ts';
import type { AppId, InstallId } from '../ids.ts';
import type { EndedInstall } from '../install/install-store.ts';
import { eventBody, type LifecycleEventType } from './event-catalog.ts';
import type { EventStore } from './event-store.ts';

/** Enqueues `app_uninstalled` events, except for installs that ended with their app: a deleted app receives no events. */
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

/** The install that an event is about. */
export interface LifecycleInstall {
  readonly id: InstallId;
  readonly appId: AppId;
  readonly organization: Pick<OrganizationRef, 'id' | 'subdomain'>;
}

/**
 * Enqueues events for apps that subscribe to them. Call it in the transaction of the change, so that both are
 * committed or neither.
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
