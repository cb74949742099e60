import { invalidRequest } from '#common/errors/app-error.ts';
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

const MAX_SEARCH_LENGTH = 100;

/** The trimmed search text. Throws if it is too long or cannot be part of a name. */
export function organizationSearch(text: string): string {
  if (text.length > MAX_SEARCH_LENGTH) {
    throw invalidRequest(`organization_search must be at most ${MAX_SEARCH_LENGTH} characters`);
  }
  if (text.includes('\0') || !text.isWellFormed()) throw invalidRequest('organization_search must be Unicode text');
  return text.trim();
}
