import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';

/** What an authorization code is bound to. */
export interface CodeBinding {
  readonly appId: number;
  readonly organizationId: number;
  readonly userId: number;
  readonly redirectUri: string;
  readonly actorMode: ActorMode;
  readonly scopes: readonly string[];
  readonly webhookEvents: readonly string[];
  readonly codeChallenge: string | null;
}

/** A stored code. */
export interface AuthorizationCode extends CodeBinding {
  readonly id: number;
  readonly expiresAt: Date;
  readonly consumedAt: Date | null;
}

/** What the consent behind a code rests on, as it is now: its app, its organization, and its user's role there. */
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
  readonly role: Role | null;
}

/** Which outstanding codes a change voids. */
export type CodeSelection =
  | { readonly app: number; readonly organization?: number }
  | { readonly user: number; readonly organization?: number }
  /** Those for the organization, and those of apps that it owns. */
  | { readonly organizationOrOwner: number };

export interface CodeStore {
  /** Adds a code and voids the one that was outstanding for the same app and organization. */
  replaceOutstanding(hash: CredentialHash, binding: CodeBinding, now: Date, expiresAt: Date): Promise<void>;
  find(hash: CredentialHash): Promise<AuthorizationCode | undefined>;
  /** Consumes the code; undefined for everybody but the one caller that gets it: it was outstanding and not expired. */
  redeem(codeId: number, hash: CredentialHash, now: Date): Promise<ConsentBasis | undefined>;
  voidOutstanding(selection: CodeSelection, now: Date): Promise<void>;
}
