import type { ActorMode } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../app/app.ts';
import type { AppId, InstallId, OrganizationId, UserId } from '../ids.ts';
import type { Paging } from '../paging.ts';
import type { EndReason, Install } from './install.ts';
import type { InstallFilter } from './install-filter.ts';

export interface Grant {
  readonly appId: AppId;
  readonly organizationId: OrganizationId;
  readonly installedBy: UserId;
  readonly actorMode: ActorMode;
  readonly scopes: readonly string[];
  readonly webhookEvents: readonly string[];
}

/**
 * Why an install cannot be used now; the first reason that applies. `suspended` is temporary. `user_not_member`: the
 * user of a `self` install has left the organization.
 */
export type InactivityReason = 'revoked' | 'suspended' | 'user_not_member';

/** What an install grants, and whether it can be used now. */
export interface InstallGrant {
  readonly inactive: InactivityReason | null;
  /** In catalog order; only what the app still declares. */
  readonly scopes: readonly string[];
}

/** The part of an install that is needed to end it. */
export type InstallRef = Pick<Install, 'id' | 'appId' | 'clientId'> & {
  readonly organization: Pick<OrganizationRef, 'id' | 'subdomain'>;
};

export type EndedInstall = Omit<InstallRef, 'clientId'> & { readonly endReason: EndReason };

/** All installs of an app, or in an organization. */
export type InstallScope = { readonly app: AppId } | { readonly organization: OrganizationId };

export interface GrantedInstall {
  readonly id: InstallId;
  readonly isNew: boolean;
  /** The previous install of the app in the organization, if its end was not recorded until now; otherwise empty. */
  readonly ended: readonly EndedInstall[];
}

/**
 * Installs in their effective state: limited to what the app declares, and ended if the app withdrew the actor mode or all
 * scopes, or if it or the organization was deleted, even while their rows have not been updated yet (AppUpdates).
 */
export interface InstallStore {
  /**
   * Stores the grant as the live install of its app and organization. If there is one already, it keeps its id and hook, and gets
   * the new grant.
   */
  put(grant: Grant, now: Date): Promise<GrantedInstall>;
  /** Includes ended installs. */
  find(installId: string): Promise<Install | undefined>;
  /** Includes ended installs. */
  findRef(installId: string): Promise<InstallRef | undefined>;
  grantOf(installId: InstallId): Promise<InstallGrant>;
  findLive(appId: AppId, organizationId: OrganizationId): Promise<Install | undefined>;
  /** Active and disconnecting installs that match the filter. */
  listCurrent(organizationId: OrganizationId, filter: InstallFilter, paging: Paging): Promise<Install[]>;
  /** Active and disconnecting installs of an app, newest first. */
  listCurrentOfApp(appId: AppId, paging: Paging): Promise<Install[]>;
  /** Active and disconnecting installs whose tokens act as the user (`self`), in the order of ids. */
  listCurrentOfUser(userId: UserId, limit: number): Promise<Install[]>;
  /** The same, newest first, but only in organizations that the user is a member of. */
  listOwn(userId: UserId, paging: Paging): Promise<Install[]>;
  countLiveOfApp(appId: AppId): Promise<number>;
  /** Newest first, including ended installs. */
  listOfApp(appId: AppId, limit: number): Promise<Install[]>;
  /** Ends the install and its pair; true if it was live. */
  end(installId: InstallId, reason: EndReason, now: Date): Promise<boolean>;
  /** Ends these installs and their pairs; returns those that were live. */
  endAll(installIds: readonly InstallId[], reason: EndReason, now: Date): Promise<EndedInstall[]>;
  /** Locks the next installs whose rows are live, in the order of ids, until the transaction ends. */
  lockPage(scope: InstallScope | 'all', afterId: InstallId, limit: number): Promise<InstallId[]>;
  /** Records the end of those installs that lost their app, organization, actor mode or all scopes, and returns them. */
  recordEnds(installIds: readonly InstallId[], endedAt: Date): Promise<EndedInstall[]>;
  /** Removes from the rows what the app no longer declares. */
  narrowToApp(installIds: readonly InstallId[]): Promise<void>;
  /** Never moves `last_used_at` back. */
  recordUsage(installIds: readonly InstallId[], lastUsedAt: Date): Promise<void>;
}
