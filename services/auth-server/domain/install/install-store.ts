import type { ActorMode } from '#common/scopes/algebra.ts';
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

/** That an install was used. */
export interface InstallUsage {
  readonly installId: string;
  readonly lastUsedAt: Date;
}

export interface InstallStore {
  /** Makes the grant the live install of its app and organization, replacing what an earlier consent granted. */
  put(grant: Grant, now: Date): Promise<string>;
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
  /** Takes from every install of the app what the app no longer permits; one whose mode is gone ends. For good. */
  cutToApp(appId: number, limits: AppLimits, now: Date): Promise<void>;
  /** Keeps the latest time; unknown installs are ignored. */
  recordUsage(usages: readonly InstallUsage[]): Promise<void>;
}
