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

/** What an app still permits; installs are cut to it. */
export interface AppLimits {
  readonly declaredScopes: readonly string[];
  readonly subscribedWebhookEvents: readonly string[];
  readonly allowedActorModes: readonly ActorMode[];
}

/** An install that has just ended, for whoever has to be told. */
export type EndedInstall = Pick<Install, 'id' | 'appId'> & {
  readonly organization: Pick<OrganizationRef, 'id' | 'subdomain'>;
};

/** That an install was used. */
export interface InstallUsage {
  readonly installId: string;
  readonly lastUsedAt: Date;
}

export interface InstallStore {
  /**
   * Makes the grant the live install of its app and organization, replacing what an earlier consent granted; the install
   * and its hook stay the same then.
   */
  put(grant: Grant, now: Date): Promise<{ id: string; isNew: boolean }>;
  /** Also an ended one. */
  find(installId: string): Promise<Install | undefined>;
  findLive(appId: number, organizationId: number): Promise<Install | undefined>;
  /** Those that stand or are still disconnecting, newest first. */
  listShown(organizationId: number, paging: Paging): Promise<Install[]>;
  /** Those of an app that stand or are still disconnecting, newest first. */
  listShownOfApp(appId: number, paging: Paging): Promise<Install[]>;
  countLiveOfApp(appId: number): Promise<number>;
  /** The newest of an app. */
  listOfApp(appId: number, limit: number): Promise<Install[]>;
  /** Ends the install and its pair; true if it stood. */
  end(installId: string, reason: EndReason, now: Date): Promise<boolean>;
  endAllOfApp(appId: number, reason: EndReason, now: Date): Promise<void>;
  /** Takes from every install of the app what the app no longer permits, for good. Returns those whose mode is gone: they have ended. */
  cutToApp(appId: number, limits: AppLimits, now: Date): Promise<EndedInstall[]>;
  /** Keeps the latest time; unknown installs are ignored. */
  recordUsage(usages: readonly InstallUsage[]): Promise<void>;
}
