import type { Role } from '#common/scopes/algebra.ts';
import type { OrganizationId, UserId } from '../ids.ts';

/** An organization of the host platform, or the sandbox of one. */
export interface Organization {
  readonly id: OrganizationId;
  readonly subdomain: string;
  readonly name: string;
  readonly status: 'active' | 'suspended';
}

/** A user of the host platform. */
export interface User {
  readonly id: UserId;
  readonly name: string;
  readonly email: string;
  readonly profilePicture: string;
}

export interface Membership {
  readonly organizationId: OrganizationId;
  readonly userId: UserId;
  readonly role: Role;
}

/** The profile of the user or bot that a token acts as. */
export interface ActorProfile extends User {
  readonly organizationName: string;
}
