import type { Role } from '#common/scopes/algebra.ts';
import type { App } from '../app/app.ts';
import type { Organization } from '../directory/directory.ts';
import type { UserId } from '../ids.ts';
import type { Install } from '../install/install.ts';
import { type InstallPolicy, offerOf, type PolicyRefusal } from '../install-policy/install-policy.ts';
import { type InstallRequest, mayRequest } from '../install-request/install-request.ts';
import type { Paging } from '../paging.ts';

/** An organization of the user, before its install policy is applied. */
export interface ListedOrganization {
  readonly organization: Organization;
  readonly role: Role;
  readonly mayInstall: boolean;
  readonly installed: Install | undefined;
  /** Some admins whom the user can ask; empty if the user is an admin. */
  readonly adminNames: readonly string[];
  readonly policy: InstallPolicy;
}

/** An organization of the user, as the consent page shows it. */
export interface ConsentOrganization extends Omit<ListedOrganization, 'policy'> {
  /** Why the policy refuses the app; then `mayInstall` is false. */
  readonly refusal: PolicyRefusal | undefined;
  /** The requested scopes that the policy permits. */
  readonly permittedScopes: readonly string[];
  /** Whether the user can request the app, instead of installing it; false for admins. */
  readonly mayRequest: boolean;
  /** The latest request of the user for the app; undefined for admins. */
  readonly ownRequest: InstallRequest | undefined;
  /** For admins: open requests of members for the app. */
  readonly openRequests: readonly InstallRequest[];
}

export interface ShownRequests {
  readonly own: readonly InstallRequest[];
  readonly open: readonly InstallRequest[];
}

/** Applies the policy of the organization to the requested scopes. */
export function toConsentOrganization(
  { policy, ...listed }: ListedOrganization,
  { app, scopes }: { readonly app: App; readonly scopes: readonly string[] },
  requests: ShownRequests,
): ConsentOrganization {
  const offer = offerOf(policy, app, scopes);
  const { organization, role } = listed;
  const isForOrganization = ({ organizationId }: InstallRequest) => organizationId === organization.id;
  return {
    ...listed,
    ...offer,
    mayInstall: listed.mayInstall && offer.refusal === undefined,
    mayRequest: mayRequest(role, organization, policy, offer.refusal),
    ownRequest: requests.own.find(isForOrganization),
    openRequests: requests.open.filter(isForOrganization),
  };
}

/** Which of the user's organizations to list. */
export interface OrganizationFilter {
  /** Part of the name or subdomain, ignoring case; empty: all. */
  readonly search: string;
  readonly paging: Paging;
}

export interface ConsentOrganizationStore {
  /**
   * One page of the user's organizations, in one statement. The only sandbox among them is that of the app's owner.
   * Active ones of which the user is an admin come first; in both groups the sandbox comes first, then the others by name.
   */
  list(
    userId: UserId,
    app: Pick<App, 'id' | 'ownerOrganization'>,
    filter: OrganizationFilter,
  ): Promise<ListedOrganization[]>;
}
