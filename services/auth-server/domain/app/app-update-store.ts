import type { InstallScope } from '../install/install-store.ts';

/** Why installs are still to be updated; the last is of those in an organization, the others are of those of an app. */
export type AppUpdateReason = 'narrowed' | 'deleted' | 'organization_deleted';

/** An app or organization whose installs are still to be cut or ended. */
export interface PendingAppUpdate {
  readonly id: number;
  readonly of: InstallScope;
  /** The installs up to this one, in the order of ids, have been updated. */
  readonly lastInstallId: string;
  readonly createdAt: Date;
}

/** The same as operators see it. */
export interface AppUpdateProgress {
  /** Null for those of an organization. */
  readonly clientId: string | null;
  readonly organizationId: number | null;
  readonly reason: AppUpdateReason;
  readonly createdAt: Date;
  /** Installs that were looked at so far, whether or not there was anything to take from them. */
  readonly installsDone: number;
}

/** Pending updates. A later one of the same app or organization covers all that an earlier one has left to do. */
export interface AppUpdateStore {
  insertOfApps(appIds: readonly number[], reason: 'narrowed' | 'deleted', now: Date): Promise<void>;
  insertOfDeletedOrganization(organizationId: number, now: Date): Promise<void>;
  isPending(of: InstallScope): Promise<boolean>;
  /**
   * Locks one that nobody else has locked until the end of the transaction: of that app or organization, or of any, those
   * with the fewest installs done first, so that a small app never waits for a large one.
   */
  lockNext(of?: InstallScope): Promise<PendingAppUpdate | undefined>;
  /** Whether there is a later update of the same. */
  isSuperseded(update: PendingAppUpdate): Promise<boolean>;
  advance(id: number, lastInstallId: string, installs: number): Promise<void>;
  delete(id: number): Promise<void>;
  /** Oldest first; of one app, or of all. */
  list(limit: number, clientId?: string): Promise<AppUpdateProgress[]>;
}
