import type { AppId, OrganizationId, UserId } from '../ids.ts';
import type { AppFields } from './app-fields.ts';
import type { AppProfile } from './app-profile.ts';

export interface OrganizationRef {
  readonly id: OrganizationId;
  readonly subdomain: string;
  readonly name: string;
}

/** A third-party application. */
export interface App extends AppFields, AppProfile {
  readonly id: AppId;
  readonly clientId: string;
  readonly ownerOrganization: OrganizationRef;
  readonly ownerSuspended: boolean;
  readonly botUserId: UserId;
  /** SHA-256 of the image that was uploaded as the logo, in hex. */
  readonly logoSourceHash: string | null;
  readonly status: 'active' | 'suspended';
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What can be shown of a client secret after its creation. */
interface AppSecret {
  /** Its last four characters. */
  readonly hint: string;
  readonly createdAt: Date;
  /** Precise to the minute; null if never used. */
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

/** An app as its owner and operators see it. */
export interface AppWithSecrets extends App {
  /** The valid ones, newest first. */
  readonly secrets: readonly AppSecret[];
}
