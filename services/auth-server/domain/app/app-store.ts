import type { CredentialHash } from '#common/credentials/hash.ts';
import type { Paging } from '../paging.ts';
import type { App, AppWithSecrets } from './app.ts';
import type { AppFields } from './app-fields.ts';

/** Apps and their secrets. Excludes deleted apps unless a method says otherwise. */
export interface AppStore {
  insert(clientId: string, ownerOrganizationId: number, fields: AppFields, now: Date): Promise<number>;
  update(appId: number, fields: AppFields, now: Date): Promise<void>;
  setStatus(appId: number, status: App['status'], now: Date): Promise<void>;
  /** Marks all apps of an organization deleted; returns those that were not deleted before. */
  markOwnedDeleted(ownerOrganizationId: number, now: Date): Promise<{ id: number; clientId: string }[]>;
  markDeleted(appId: number, now: Date): Promise<void>;
  findByClientId(clientId: string): Promise<App | undefined>;
  findById(appId: number): Promise<App | undefined>;
  /** Scoped by owner: an app of another organization is not found. */
  findOwned(clientId: string, ownerOrganizationId: number, now: Date): Promise<AppWithSecrets | undefined>;
  /** Includes deleted apps, so that a repeated deletion succeeds. */
  findOwnedId(clientId: string, ownerOrganizationId: number): Promise<number | undefined>;
  listOwned(ownerOrganizationId: number, paging: Paging, now: Date): Promise<AppWithSecrets[]>;
  insertSecret(appId: number, secretHash: CredentialHash, hint: string, now: Date): Promise<void>;
  /** Makes every secret of the app expire at `at` or sooner; returns how many are valid now. */
  expireSecrets(appId: number, at: Date, now: Date): Promise<number>;
}
