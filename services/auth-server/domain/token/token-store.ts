import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { OrganizationRef } from '../app/app.ts';
import type { AuditAction } from '../audit-store.ts';
import type { AppId, CodeId, InstallId, OrganizationId, TokenPairId, UserId } from '../ids.ts';
import type { Initiator } from '../initiator.ts';
import type { EndReason } from '../install/install.ts';
import type { InactivityReason, InstallGrant } from '../install/install-store.ts';
import type { RefreshWindow } from './grants/refresh-limit.ts';

export interface NewPair extends RefreshWindow {
  readonly installId: InstallId;
  readonly codeId: CodeId;
  readonly accessHash: CredentialHash;
  readonly refreshHash: CredentialHash;
  readonly issuedAt: Date;
  readonly accessExpiresAt: Date;
}

/** The audit event of a new pair; its install and time are those of the pair. */
export interface GrantAuditEvent {
  readonly action: Extract<AuditAction, 'install.granted' | 'install.refreshed'>;
  readonly initiator: Initiator;
  readonly organizationId: OrganizationId;
  readonly clientId: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** A pair, live or ended. */
export interface TokenPair extends RefreshWindow {
  readonly id: TokenPairId;
  readonly installId: InstallId;
  readonly codeId: CodeId;
  readonly accessHash: CredentialHash;
  readonly appId: AppId;
  readonly organizationId: OrganizationId;
  readonly installedBy: UserId;
  readonly endReason: EndReason | null;
  readonly endedAt: Date | null;
}

/** The live pair of an install. */
export interface LivePair {
  /** The code that it was issued for; a refresh keeps it. */
  readonly codeId: CodeId;
  readonly accessHash: CredentialHash;
  readonly refreshHash: CredentialHash;
  readonly accessExpiresAt: Date;
  readonly accessRevoked: boolean;
  /** Whether committed changes of the install have not dropped all of their cache keys yet. */
  readonly hasPendingInvalidations: boolean;
}

/** A stamp (docs/caching.md) that the state of a token depends on. */
export type TokenStamp =
  | { readonly kind: 'app'; readonly id: AppId }
  | { readonly kind: 'organization'; readonly id: OrganizationId }
  | { readonly kind: 'user'; readonly id: UserId };

/** The state of an access token, read in one snapshot. */
export type TokenState = {
  /** Stamps of the app, its owner, the organization, and for `self` the user. Empty if the token is unknown. */
  readonly stamps: readonly TokenStamp[];
} & (
  | { readonly inactive: 'unknown' | InactivityReason }
  | {
      readonly inactive?: never;
      readonly clientId: string;
      readonly installId: InstallId;
      readonly organization: { readonly id: OrganizationId; readonly subdomain: string };
      readonly actorMode: ActorMode;
      readonly userId: UserId;
      /** In catalog order; only scopes that the app still declares. */
      readonly grantedScopes: readonly string[];
      /** For `self`: the current role. */
      readonly role: Role | undefined;
      readonly issuedAt: Date;
      readonly expiresAt: Date;
    }
);

/** States with the cache nodes to which tokens belong, from the same snapshot. */
export interface TokenStates {
  /** In the order of the hashes. */
  readonly states: readonly TokenState[];
  readonly cacheNodes: readonly string[];
}

/** A pair with the state of its access token and everything that the state depends on, read in one snapshot. */
export interface ExplainedPair {
  /** Which of the two tokens has the hash. */
  readonly kind: 'access_token' | 'refresh_token';
  readonly state: TokenState;
  readonly accessHash: CredentialHash;
  readonly accessExpiresAt: Date;
  readonly accessRevokedAt: Date | null;
  readonly endedAt: Date | null;
  readonly endReason: EndReason | null;
  readonly installId: InstallId;
  /** Null while the install is live. */
  readonly installEndReason: EndReason | null;
  /** Null while the install is live, and until its end is recorded in its row. */
  readonly installEndedAt: Date | null;
  readonly clientId: string;
  readonly appStatus: 'active' | 'suspended';
  readonly ownerId: OrganizationId;
  readonly ownerStatus: 'active' | 'suspended';
  readonly organizationId: OrganizationId;
  readonly organizationStatus: 'active' | 'suspended';
  readonly actorMode: ActorMode;
  readonly installedBy: UserId;
  /** For `self`: the current role of the user, null if not a member. Null for `app`. */
  readonly role: Role | null;
  readonly userDeletedAt: Date | null;
  readonly grantedScopes: readonly string[];
  /** The granted scopes that the app still declares. */
  readonly stillDeclaredScopes: readonly string[];
}

export interface TokenStore {
  /** Inserts the pair and its audit event. */
  issuePair(pair: NewPair, event: GrantAuditEvent): Promise<void>;
  /** Ends the pair as refreshed and returns what its install grants. Undefined if it had ended before. */
  redeemPair(pairId: TokenPairId, now: Date): Promise<InstallGrant | undefined>;
  endLivePair(installId: InstallId, reason: EndReason, now: Date): Promise<void>;
  /** Ends the live pair of an install if it was issued for this code or refreshed from such a pair; true if so. */
  endPairOfCode(installId: InstallId, codeId: CodeId, reason: EndReason, now: Date): Promise<boolean>;
  /**
   * Revokes only the access token of a live pair. Returns the organization of its install; undefined if the token was revoked
   * or the pair had ended before.
   */
  revokeAccess(pairId: TokenPairId, now: Date): Promise<Pick<OrganizationRef, 'id' | 'subdomain'> | undefined>;
  /** Includes ended pairs. */
  findByRefresh(hash: CredentialHash): Promise<TokenPair | undefined>;
  /** Includes ended pairs. */
  findByAccess(hash: CredentialHash): Promise<TokenPair | undefined>;
  findLivePair(installId: InstallId): Promise<LivePair | undefined>;
  /** In the order of the hashes, at most 500. One statement on the primary. */
  statesOf(accessHashes: readonly CredentialHash[]): Promise<TokenStates>;
  /** The pair that has an access or refresh token with this hash. Includes ended pairs. */
  explain(hash: CredentialHash): Promise<ExplainedPair | undefined>;
}
