import type { CredentialHash } from '#common/credentials/hash.ts';
import type { Paging } from '../paging.ts';
import type { App, AppFields, AppWithSecrets } from './app.ts';

/** Apps and their secrets. Deleted apps do not exist here, except where a method says so. */
export interface AppStore {
  insert(clientId: string, ownerOrganizationId: number, fields: AppFields, now: Date): Promise<number>;
  update(appId: number, fields: AppFields, now: Date): Promise<void>;
  setStatus(appId: number, status: App['status'], now: Date): Promise<void>;
  /** Marks all apps of an organization deleted; those that were not yet. */
  markOwnedDeleted(ownerOrganizationId: number, now: Date): Promise<{ id: number; clientId: string }[]>;
  markDeleted(appId: number, now: Date): Promise<void>;
  findByClientId(clientId: string): Promise<App | undefined>;
  findById(appId: number): Promise<App | undefined>;
  /** Scoped by owner: an app of another organization is not found. */
  findOwned(clientId: string, ownerOrganizationId: number, now: Date): Promise<AppWithSecrets | undefined>;
  /** The id, also of a deleted app, so that a repeated deletion can be answered. */
  findOwnedId(clientId: string, ownerOrganizationId: number): Promise<number | undefined>;
  listOwned(ownerOrganizationId: number, paging: Paging, now: Date): Promise<AppWithSecrets[]>;
  insertSecret(appId: number, secretHash: CredentialHash, hint: string, now: Date): Promise<void>;
  /** Lets every secret of the app end at `at`, unless it ends sooner; how many work now. */
  expireSecrets(appId: number, at: Date, now: Date): Promise<number>;
}
