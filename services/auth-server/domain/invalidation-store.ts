import type { InstallId, OrganizationId, UserId } from './ids.ts';
import type { TokenStamp } from './token/token-store.ts';

/** A cache key that a committed change has not dropped yet. It is the key of an install's token, or of a stamp. */
export interface ListedInvalidation {
  /** 8 bytes; the same for all keys of a change. */
  readonly changeId: Buffer;
  readonly createdAt: Date;
  readonly installId: InstallId | null;
  /** The app of the install or of the stamp. */
  readonly clientId: string | null;
  /** The organization of the install or of the stamp. */
  readonly organizationId: OrganizationId | null;
  /** The user of the stamp. */
  readonly userId: UserId | null;
}

export interface ListedInvalidations {
  /** Oldest first. */
  readonly invalidations: readonly ListedInvalidation[];
  /** How many there are, listed or not. */
  readonly totalCount: number;
}

/** Pending invalidations as operators see them; the authority inserts and deletes them. */
export interface InvalidationStore {
  list(limit: number): Promise<ListedInvalidations>;
  /** The pending invalidations of an install and of these stamps, oldest first. */
  listOfInstall(installId: InstallId, stamps: readonly TokenStamp[], limit: number): Promise<ListedInvalidation[]>;
}
