import type { Role } from '#common/scopes/algebra.ts';
import type { Organization } from '../directory/directory.ts';
import type { AppId, UserId } from '../ids.ts';
import type { Install } from '../install/install.ts';
import type { Paging } from '../paging.ts';

/** An organization of the user who decides. */
export interface ConsentOrganization {
  readonly organization: Organization;
  readonly role: Role;
  readonly mayInstall: boolean;
  readonly installed: Install | undefined;
  /** Some admins whom the user can ask; empty if the user is an admin. */
  readonly adminNames: readonly string[];
}

/** Which of the user's organizations to list. */
export interface OrganizationFilter {
  /** Part of the name or subdomain, in any case; empty: all. */
  readonly search: string;
  readonly paging: Paging;
}

export interface ConsentOrganizationStore {
  /** One page of the user's organizations, in one statement. Those where the user may install come first, then by name. */
  list(userId: UserId, appId: AppId, filter: OrganizationFilter): Promise<ConsentOrganization[]>;
}
