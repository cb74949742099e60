import type { ActorMode } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../app/app.ts';
import type { Paging } from '../paging.ts';
import type { EndReason, Install } from './install.ts';

/** What a consent grants. */
export interface Grant {
  readonly appId: number;
  readonly organizationId: number;
  readonly installedBy: number;
  readonly actorMode: ActorMode;
  readonly scopes: readonly string[];
  readonly webhookEvents: readonly string[];
}

/** What an install grants, and whether that may be used now: the first that holds. */
export interface InstallGrant {
  /** `suspended`: it passes by itself. `not_member`: the user of a `self` install has left the organization. */
  readonly standing: 'ended' | 'suspended' | 'not_member' | 'usable';
  /** In catalog order, cut to what the app declares. */
  readonly scopes: readonly string[];
}

/** As much of an install as its end needs. */
export type InstallRef = Pick<Install, 'id' | 'appId' | 'clientId'> & {
  readonly organization: Pick<OrganizationRef, 'id' | 'subdomain'>;
};

/** An install that has just ended, for whoever has to be told. */
export type EndedInstall = Omit<InstallRef, 'clientId'> & { readonly endReason: EndReason };

/** All installs of an app, or in an organization. */
export type InstallScope = { readonly app: number } | { readonly organization: number };

/** What a grant has become. */
export interface GrantedInstall {
  readonly id: string;
  readonly isNew: boolean;
  /** An install that stood in its place and had ended: its end is recorded with the grant. */
  readonly ended: readonly EndedInstall[];
}

/**
 * Installs as they count now: what a narrowed or deleted app has taken from them is gone from every answer here at once,
 * while the rows follow (AppUpdates).
 */
export interface InstallStore {
  /**
   * Makes the grant the live install of its app and organization, replacing what an earlier consent granted; the install
   * and its hook stay the same then.
   */
  put(grant: Grant, now: Date): Promise<GrantedInstall>;
  /** Also an ended one. */
  find(installId: string): Promise<Install | undefined>;
  /** The same of an install that is to be ended. */
  findRef(installId: string): Promise<InstallRef | undefined>;
  grantOf(installId: string): Promise<InstallGrant>;
  findLive(appId: number, organizationId: number): Promise<Install | undefined>;
  /** Those that stand or are still disconnecting, newest first. */
  listCurrent(organizationId: number, paging: Paging): Promise<Install[]>;
  /** Those of an app that stand or are still disconnecting, newest first. */
  listCurrentOfApp(appId: number, paging: Paging): Promise<Install[]>;
  countLiveOfApp(appId: number): Promise<number>;
  /** The newest of an app. */
  listOfApp(appId: number, limit: number): Promise<Install[]>;
  /** Ends the install and its pair; true if it stood. */
  end(installId: string, reason: EndReason, now: Date): Promise<boolean>;
  /** Locks the next installs whose rows say that they stand, in the order of ids, until the transaction ends. */
  lockPage(of: InstallScope, afterId: string, limit: number): Promise<string[]>;
  /** Records the end of those that have ended with their app, organization, actor mode or scopes; returns them. */
  recordEnds(installIds: readonly string[], endedAt: Date): Promise<EndedInstall[]>;
  /** Records what those installs no longer have because their app does not. */
  narrowToApp(installIds: readonly string[]): Promise<void>;
  /** Each keeps the latest time; unknown installs are ignored. */
  recordUsage(installIds: readonly string[], lastUsedAt: Date): Promise<void>;
}
