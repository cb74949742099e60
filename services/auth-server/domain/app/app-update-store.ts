import type { AppId, InstallId, OrganizationId } from '../ids.ts';
import type { InstallScope } from '../install/install-store.ts';

/** Why installs must be updated: their app was narrowed or deleted, or their organization was deleted. */
export type AppUpdateReason = 'narrowed' | 'deleted' | 'organization_deleted';

/** An app or organization whose installs must be narrowed or ended. */
export interface PendingAppUpdate {
  readonly id: number;
  readonly scope: InstallScope;
  /** Installs up to this id are processed. */
  readonly lastInstallId: InstallId;
  readonly createdAt: Date;
}

/** A pending update as operators see it. */
export interface AppUpdateProgress {
  /** Null for an organization. */
  readonly clientId: string | null;
  readonly organizationId: OrganizationId | null;
  readonly reason: AppUpdateReason;
  readonly createdAt: Date;
  /** Installs processed so far, changed or not. */
  readonly installsDone: number;
}

/** Pending updates. A later one of the same app or organization supersedes earlier ones. */
export interface AppUpdateStore {
  insertOfApps(appIds: readonly AppId[], reason: 'narrowed' | 'deleted', now: Date): Promise<void>;
  insertOfDeletedOrganization(organizationId: OrganizationId, now: Date): Promise<void>;
  isPending(scope: InstallScope): Promise<boolean>;
  /**
   * Locks one update (of `scope`, if given) until the end of the transaction; skips those that are locked. The update
   * with the fewest installs done comes first, so that a small app does not wait until a large one is done.
   */
  lockNext(scope?: InstallScope): Promise<PendingAppUpdate | undefined>;
  /** Whether there is a later update of the same app or organization. */
  isSuperseded(update: PendingAppUpdate): Promise<boolean>;
  /** Records that `installs` more are processed, the last of which is `lastInstallId`. */
  advance(id: number, lastInstallId: InstallId, installs: number): Promise<void>;
  delete(id: number): Promise<void>;
  /** Oldest first. With `clientId`: only those of this app. */
  list(limit: number, clientId?: string): Promise<AppUpdateProgress[]>;
}
