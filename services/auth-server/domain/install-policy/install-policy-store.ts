import type { OrganizationRef } from '../app/app.ts';
import type { OrganizationId } from '../ids.ts';
import type { InstallPolicy } from './install-policy.ts';

export interface ListedApp {
  readonly clientId: string;
  readonly name: string;
  readonly owner: OrganizationRef;
}

export interface InstallPolicyStore {
  /** DEFAULT_POLICY if none has been set. */
  find(organizationId: OrganizationId): Promise<InstallPolicy>;
  put(organizationId: OrganizationId, policy: InstallPolicy, now: Date): Promise<void>;
  /** The apps that exist, including deleted ones, sorted by name. */
  findApps(clientIds: readonly string[]): Promise<ListedApp[]>;
}
