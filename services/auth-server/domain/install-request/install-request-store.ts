import type { ActorMode } from '#common/scopes/algebra.ts';
import type { AppId, InstallRequestId, OrganizationId, UserId } from '../ids.ts';
import type { Paging } from '../paging.ts';
import type { InstallRequest } from './install-request.ts';

export interface NewRequest {
  readonly organizationId: OrganizationId;
  readonly appId: AppId;
  readonly userId: UserId;
  readonly actorMode: ActorMode;
  readonly scopes: readonly string[];
  readonly note: string;
}

/** A request that was approved or dismissed, for the audit log. */
export interface DecidedRequest {
  readonly id: InstallRequestId;
  readonly clientId: string;
  readonly requestedBy: UserId;
}

/** Requests for deleted apps are not listed. */
export interface InstallRequestStore {
  /**
   * Replaces an earlier request of the member for the app in the organization. Undefined if there are too many open requests
   * (MAX_OPEN_OF_USER, MAX_OPEN_OF_ORGANIZATION).
   */
  put(request: NewRequest, now: Date, expiresAt: Date): Promise<InstallRequestId | undefined>;
  /** Open requests of an organization, oldest first. */
  listOpen(organizationId: OrganizationId, paging: Paging, now: Date): Promise<InstallRequest[]>;
  countOpen(organizationId: OrganizationId, now: Date): Promise<number>;
  /** Open requests for an app in any of the organizations, oldest first. */
  listOpenOfApp(
    appId: AppId,
    organizationIds: readonly OrganizationId[],
    limit: number,
    now: Date,
  ): Promise<InstallRequest[]>;
  /** The latest request of a member for an app in each of the organizations, in any state. */
  listOfMember(
    userId: UserId,
    appId: AppId,
    organizationIds: readonly OrganizationId[],
    now: Date,
  ): Promise<InstallRequest[]>;
  /** Marks the open requests for an app in the organization as approved. `by`: the admin who consented. */
  approveOpen(appId: AppId, organizationId: OrganizationId, by: UserId, now: Date): Promise<DecidedRequest[]>;
  /** Undefined unless it is an open request of that organization. */
  dismiss(
    id: string,
    organizationId: OrganizationId,
    by: UserId,
    reason: string,
    now: Date,
  ): Promise<DecidedRequest | undefined>;
}
