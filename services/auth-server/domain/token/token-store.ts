import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { StampRef } from '#common/token-state/keys.ts';
import type { AuditAction } from '../audit-store.ts';
import type { EndReason } from '../install/install.ts';
import type { InactiveInstall, InstallGrant } from '../install/install-store.ts';
import type { Origin } from '../origin.ts';
import type { RefreshWindow } from './grants/refresh-limit.ts';

/** A pair to insert. */
export interface NewPair extends RefreshWindow {
  readonly installId: string;
  readonly codeId: number;
  readonly accessHash: CredentialHash;
  readonly refreshHash: CredentialHash;
  readonly issuedAt: Date;
  readonly accessExpiresAt: Date;
}

/** The audit event of a new pair; its install and time are those of the pair. */
export interface GrantEntry {
  readonly action: Extract<AuditAction, 'install.granted' | 'install.refreshed'>;
  readonly origin: Origin;
  readonly organizationId: number;
  readonly clientId: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** A pair, live or ended. */
export interface TokenPair extends RefreshWindow {
  readonly id: number;
  readonly installId: string;
  readonly codeId: number;
  readonly appId: number;
  readonly organizationId: number;
  readonly installedBy: number;
  readonly endReason: EndReason | null;
  readonly endedAt: Date | null;
}

/** The live pair of an install, for a repeated refresh. */
export interface LivePair {
  readonly accessHash: CredentialHash;
  readonly refreshHash: CredentialHash;
  readonly accessExpiresAt: Date;
  readonly accessRevoked: boolean;
  /** Whether committed changes of the install have cache keys left to drop. */
  readonly hasPendingInvalidations: boolean;
}

/** The state of an access token, read in one snapshot. */
export type TokenState = {
  /** What its state depends on: the app, its owner, the organization, and for `self` the user. Empty if unknown. */
  readonly stamps: readonly StampRef[];
} & (
  | { readonly inactive: 'unknown' | InactiveInstall }
  | {
      readonly inactive?: never;
      readonly clientId: string;
      readonly installId: string;
      readonly organization: { readonly id: number; readonly subdomain: string };
      readonly actorMode: ActorMode;
      readonly userId: number;
      /** In catalog order; only what the app declares now. */
      readonly grantedScopes: readonly string[];
      /** For `self`: the current role. */
      readonly role: Role | undefined;
      readonly issuedAt: Date;
      readonly expiresAt: Date;
    }
);

export interface TokenStore {
  /** Inserts the pair and its audit event. */
  issuePair(pair: NewPair, entry: GrantEntry): Promise<void>;
  /** Ends the pair as refreshed and returns what its install grants. Undefined if it had ended before. */
  redeemPair(pairId: number, now: Date): Promise<InstallGrant | undefined>;
  /** Ends the live pair of an install, if there is one. */
  endLivePair(installId: string, reason: EndReason, now: Date): Promise<void>;
  /** Ends the live pair of an install if it was issued for this code or refreshed from such a pair; true if so. */
  endPairOfCode(installId: string, codeId: number, reason: EndReason, now: Date): Promise<boolean>;
  /** Revokes only the access token of a live pair. False if it was revoked or had ended before. */
  revokeAccess(pairId: number, now: Date): Promise<boolean>;
  /** Includes ended pairs. */
  findByRefresh(hash: CredentialHash): Promise<TokenPair | undefined>;
  findByAccess(hash: CredentialHash): Promise<TokenPair | undefined>;
  findLivePair(installId: string): Promise<LivePair | undefined>;
  /** In the order of the hashes, at most 500. One statement on the primary. */
  statesOf(accessHashes: readonly CredentialHash[]): Promise<readonly TokenState[]>;
}
