import type { OrganizationId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Stores } from '../stores.ts';
import type { App } from './app.ts';

/** Resets a verified app to not reviewed, because its owner has changed what was verified. Needs an exclusive lock on the app. */
export async function resetVerification(
  stores: Stores,
  { id, clientId, verification }: App,
  by: { readonly initiator: Initiator; readonly organizationId: OrganizationId },
  now: Date,
): Promise<void> {
  if (verification === 'not_reviewed') return;
  await stores.apps.setVerification(id, 'not_reviewed');
  await stores.audit.append({ action: 'app.verification_reset', ...by, clientId }, now);
}

/**
 * Marks all apps of an organization as not reviewed, because the name of the organization, which was part of the review, has
 * changed; appends an audit event for each that was verified. Needs an exclusive lock on the organization.
 */
export async function resetVerificationOfOwned(
  stores: Stores,
  organizationId: OrganizationId,
  initiator: Initiator,
  now: Date,
): Promise<void> {
  const clientIds = await stores.apps.resetVerificationOfOwned(organizationId, now);
  const action = 'app.verification_reset';
  await stores.audit.appendAll(
    clientIds.map((clientId) => ({ action, initiator, organizationId, clientId })),
    now,
  );
}
