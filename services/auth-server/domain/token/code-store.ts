import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { Verification } from '../app/app-profile.ts';
import type { AppId, CodeId, OrganizationId, UserId } from '../ids.ts';
import type { InstallPolicy } from '../install-policy/install-policy.ts';

/** What a code was issued for. */
export interface CodeBinding {
  readonly appId: AppId;
  readonly organizationId: OrganizationId;
  readonly userId: UserId;
  readonly redirectUri: string;
  readonly actorMode: ActorMode;
  readonly scopes: readonly string[];
  readonly webhookEvents: readonly string[];
  readonly codeChallenge: string | null;
}

export interface AuthorizationCode extends CodeBinding {
  readonly id: CodeId;
  readonly expiresAt: Date;
  readonly consumedAt: Date | null;
}

/** The current state of what consent checked: the app, the organization, and the user's role there. */
export interface ConsentBasis {
  /** Neither suspended nor deleted. */
  readonly isAppActive: boolean;
  readonly isOwnerActive: boolean;
  readonly redirectUris: readonly string[];
  readonly allowedActorModes: readonly ActorMode[];
  readonly declaredScopes: readonly string[];
  readonly subscribedWebhookEvents: readonly string[];
  readonly subdomain: string;
  readonly isOrganizationActive: boolean;
  /** Null if the user is not a member. */
  readonly role: Role | null;
  readonly verification: Verification;
  /** The policy of the organization. */
  readonly policy: InstallPolicy;
}

/** Which outstanding codes a change voids. */
export type CodeSelection =
  | { readonly app: AppId; readonly organization?: OrganizationId }
  /** With `organization`: also codes for its sandbox. */
  | { readonly user: UserId; readonly organization?: OrganizationId }
  /** Codes for the organization, and codes of apps that it owns. */
  | { readonly organizationOrOwner: OrganizationId }
  | 'all';

export interface CodeStore {
  /** Adds a code. It replaces the outstanding one of the same app and organization, which is then unknown. */
  replaceOutstanding(hash: CredentialHash, binding: CodeBinding, now: Date, expiresAt: Date): Promise<void>;
  find(hash: CredentialHash): Promise<AuthorizationCode | undefined>;
  /** Consumes the code. Undefined if it has expired, or was consumed, voided or replaced before. */
  redeem(codeId: CodeId, hash: CredentialHash, now: Date): Promise<ConsentBasis | undefined>;
  voidOutstanding(selection: CodeSelection, now: Date): Promise<void>;
}
