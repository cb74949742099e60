import type { AppId, OrganizationId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { Stores } from '../stores.ts';

/** Marks the open requests for an app in an organization as approved, in the transaction of an admin's consent. */
export async function approveRequests(
  { installRequests, audit }: Stores,
  { appId, organizationId, approvedBy }: { appId: AppId; organizationId: OrganizationId; approvedBy: UserId },
  initiator: Initiator,
  now: Date,
): Promise<void> {
  const approved = await installRequests.approveOpen(appId, organizationId, approvedBy, now);
  if (approved.length === 0) return;
  await audit.appendAll(
    approved.map(({ id, clientId, requestedBy }) => {
      const details = { request_id: id, requested_by: `user:${requestedBy}` };
      return { action: 'install_request.approved', initiator, organizationId, clientId, details };
    }),
    now,
  );
}
