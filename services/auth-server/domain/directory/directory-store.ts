import type { Role } from '#common/scopes/algebra.ts';
import type { OrganizationId, UserId } from '../ids.ts';
import type { Membership, Organization, User } from './directory.ts';

export interface DirectoryStore {
  /** Also updates the name and status of its sandbox. */
  putOrganization(organization: Organization, now: Date): Promise<void>;
  /** Undefined if it is deleted. */
  findOrganization(id: OrganizationId): Promise<Organization | undefined>;
  /**
   * Marks it and its sandbox deleted, and deletes its memberships, install policy and install requests. Its subdomain becomes
   * available.
   */
  deleteOrganization(id: OrganizationId, now: Date): Promise<void>;
  findOrganizationBySubdomain(subdomain: string): Promise<Organization | undefined>;
  /** The organization, and whether the user is an admin of it; undefined if there is no such organization. */
  findOrganizationForUser(
    subdomain: string,
    userId: UserId,
  ): Promise<{ organization: Organization; isAdmin: boolean } | undefined>;
  putUser(user: User, now: Date): Promise<void>;
  /** Undefined if the user is deleted. */
  findUser(id: UserId): Promise<User | undefined>;
  /** Marks the user deleted, and deletes the user's personal data, memberships and install requests. */
  deleteUser(id: UserId, now: Date): Promise<void>;
  putMembership(membership: Membership, now: Date): Promise<void>;
  /** Also deletes the install requests of the user in the organization. */
  deleteMembership(organizationId: OrganizationId, userId: UserId): Promise<void>;
  /** Undefined for a non-member, a deleted user and a deleted organization. The members of a sandbox are those of its owner. */
  roleOf(organizationId: OrganizationId, userId: UserId): Promise<Role | undefined>;
  /** Sorted by name. Includes sandboxes. */
  organizationsOf(userId: UserId): Promise<{ organization: Organization; role: Role }[]>;
  /** The app whose bot this is, if it has an active install with the actor mode `app` in that organization. */
  findBot(botUserId: UserId, organizationId: OrganizationId): Promise<{ clientId: string; name: string } | undefined>;
}
