import type { CredentialHash } from '#common/credentials/hash.ts';
import type { AppId, OrganizationId, SecretId } from '../ids.ts';
import type { Paging } from '../paging.ts';
import type { App, AppWithSecrets } from './app.ts';
import type { AppFields } from './app-fields.ts';
import type { Verification } from './app-profile.ts';

/** Apps and their secrets. Methods that find apps exclude deleted ones unless they say otherwise. */
export interface AppStore {
  insert(clientId: string, ownerOrganizationId: OrganizationId, fields: AppFields, now: Date): Promise<AppId>;
  update(appId: AppId, fields: AppFields, now: Date): Promise<void>;
  /** Sets only the time of the last change. */
  touch(appId: AppId, now: Date): Promise<void>;
  /** Keeps `updatedAt`, because verification is not a change by the owner. */
  setVerification(appId: AppId, verification: Verification): Promise<void>;
  /**
   * Resets all apps of an organization to not reviewed, and changes their `updatedAt`, so that a review in progress must be
   * repeated. Returns the client ids of those that were verified.
   */
  resetVerificationOfOwned(ownerOrganizationId: OrganizationId, now: Date): Promise<string[]>;
  setStatus(appId: AppId, status: App['status'], now: Date): Promise<void>;
  /** Marks all apps of an organization deleted, and deletes their secrets and logos; returns the apps not deleted before. */
  markOwnedDeleted(ownerOrganizationId: OrganizationId, now: Date): Promise<{ id: AppId; clientId: string }[]>;
  /** Also deletes its secrets and logo. */
  markDeleted(appId: AppId, now: Date): Promise<void>;
  findByClientId(clientId: string): Promise<App | undefined>;
  findById(appId: AppId): Promise<App | undefined>;
  /** Scoped by owner: an app of another organization is not found. */
  findOwned(clientId: string, ownerOrganizationId: OrganizationId, now: Date): Promise<AppWithSecrets | undefined>;
  /** Includes deleted apps, so that a repeated deletion succeeds. */
  findOwnedId(clientId: string, ownerOrganizationId: OrganizationId): Promise<AppId | undefined>;
  /** Newest first. */
  listOwned(ownerOrganizationId: OrganizationId, paging: Paging, now: Date): Promise<AppWithSecrets[]>;
  insertSecret(appId: AppId, secretHash: CredentialHash, hint: string, now: Date): Promise<void>;
  /** Skips secrets that another transaction has locked. */
  recordSecretUsage(secretIds: readonly SecretId[], lastUsedAt: Date): Promise<void>;
  /** Makes every secret of the app expire at `at` or sooner; returns how many were valid before. */
  expireSecrets(appId: AppId, at: Date, now: Date): Promise<number>;
}
