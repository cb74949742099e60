import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../app/app.ts';
import type { AppProfile } from '../app/app-profile.ts';
import type { Organization } from '../directory/directory.ts';
import { isSandbox } from '../directory/sandbox.ts';
import type { InstallRequestId, OrganizationId } from '../ids.ts';
import type { InstallPolicy, PolicyRefusal } from '../install-policy/install-policy.ts';

/** Maximum open requests of one member in all organizations. */
export const MAX_OPEN_OF_USER = 20;
/** Maximum open requests of all members of one organization; concurrent requests can exceed it by a few. */
export const MAX_OPEN_OF_ORGANIZATION = 200;
/** After this time an open request expires. */
export const REQUEST_LIFETIME_DAYS = 30;

/** A member's request to install an app. */
export interface InstallRequest {
  readonly id: InstallRequestId;
  readonly organizationId: OrganizationId;
  readonly clientId: string;
  readonly appName: string;
  readonly appOwner: OrganizationRef;
  readonly appProfile: AppProfile;
  readonly actorMode: ActorMode;
  readonly scopes: readonly string[];
  /** Plain text, empty if the member wrote none. */
  readonly note: string;
  readonly requestedByName: string;
  /** Approved: an admin has consented to the app since. */
  readonly status: 'open' | 'approved' | 'dismissed' | 'expired';
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
  /** Null unless the request was dismissed. */
  readonly dismissalReason: string | null;
}

/** Whether a member can request an app that they may not install. Apps cannot be requested for a sandbox. */
export const mayRequest = (
  role: Role,
  organization: Organization,
  policy: InstallPolicy,
  refusal: PolicyRefusal | undefined,
): boolean =>
  role !== 'admin' &&
  organization.status === 'active' &&
  !isSandbox(organization.id) &&
  policy.membersMayRequest &&
  refusal === undefined;
