/** Why the installs of an app are still to be updated. */
export type AppUpdateReason = 'narrowed' | 'deleted';

/** An app whose installs are still to be cut or ended. */
export interface PendingAppUpdate {
  readonly id: number;
  readonly appId: number;
  /** The installs up to this one, in the order of ids, have been updated. */
  readonly lastInstallId: string;
  readonly createdAt: Date;
}

/** The same as operators see it. */
export interface AppUpdateProgress {
  readonly clientId: string;
  readonly reason: AppUpdateReason;
  readonly createdAt: Date;
  /** Installs that were looked at so far, whether or not there was anything to take from them. */
  readonly installsDone: number;
}

/** Pending updates of apps. A later one of the same app covers all that an earlier one has left to do. */
export interface AppUpdateStore {
  insert(appId: number, reason: AppUpdateReason, now: Date): Promise<void>;
  isPending(appId: number): Promise<boolean>;
  /**
   * Locks one that nobody else has locked until the end of the transaction: of that app, or of any, those with the fewest
   * installs done first, so that a small app never waits for a large one.
   */
  take(appId?: number): Promise<PendingAppUpdate | undefined>;
  /** Whether the app has a later update. */
  isSuperseded(update: PendingAppUpdate): Promise<boolean>;
  advance(id: number, lastInstallId: string, installs: number): Promise<void>;
  delete(id: number): Promise<void>;
  /** Oldest first; of one app, or of all. */
  list(limit: number, clientId?: string): Promise<AppUpdateProgress[]>;
}
