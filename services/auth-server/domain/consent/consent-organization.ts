import { invalidRequest } from '#common/errors/app-error.ts';
import type { Role } from '#common/scopes/algebra.ts';
import type { Organization } from '../directory/directory.ts';
import type { AppId, UserId } from '../ids.ts';
import type { Install } from '../install/install.ts';
import type { Paging } from '../paging.ts';

/** An organization of the user who is asked. */
export interface ConsentOrganization {
  readonly organization: Organization;
  readonly role: Role;
  readonly mayInstall: boolean;
  readonly installed: Install | undefined;
  /** Whom to ask, where the user is not an admin. */
  readonly adminNames: readonly string[];
}

/** Which of the user's organizations to list. */
export interface OrganizationFilter {
  /** Part of the name or subdomain, in any case; empty: all. */
  readonly search: string;
  readonly paging: Paging;
}

export interface ConsentOrganizationStore {
  /**
   * One page of the user's organizations in one statement: those where the user may install first, each by name. Whoever
   * may install into one alone therefore finds it at the top of the first page.
   */
  list(userId: UserId, appId: AppId, filter: OrganizationFilter): Promise<ConsentOrganization[]>;
}

const MAX_SEARCH_LENGTH = 100;

/** The search text as it was given. Throws for what no name could contain. */
export function organizationSearch(given: string): string {
  if (given.length > MAX_SEARCH_LENGTH) {
    throw invalidRequest(`organization_search must be at most ${MAX_SEARCH_LENGTH} characters`);
  }
  if (given.includes('\0') || !given.isWellFormed()) throw invalidRequest('organization_search must be Unicode text');
  return given.trim();
}
