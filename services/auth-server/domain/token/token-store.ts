import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode, Role } from '#common/scopes/algebra.ts';
import type { StampRef } from '#common/token-state/keys.ts';
import type { AuditAction } from '../audit-store.ts';
import type { EndReason } from '../install/install.ts';
import type { InstallGrant } from '../install/install-store.ts';
import type { Origin } from '../origin.ts';
import type { RefreshWindow } from './grants/refresh-limit.ts';

/** The hashes of a pair that is to be. */
export interface NewPair extends RefreshWindow {
  readonly installId: string;
  readonly codeId: number;
  readonly accessHash: CredentialHash;
  readonly refreshHash: CredentialHash;
  readonly issuedAt: Date;
  readonly accessExpiresAt: Date;
}

/** What is recorded with a new pair, whose install and time it has. */
export interface GrantEntry {
  readonly action: Extract<AuditAction, 'install.granted' | 'install.refreshed'>;
  readonly origin: Origin;
  readonly organizationId: number;
  readonly clientId: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** A pair with what its locks and checks need. */
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

/** The live pair of an install, as a repeated refresh needs it. */
export interface LivePair {
  readonly accessHash: CredentialHash;
  readonly refreshHash: CredentialHash;
  readonly accessExpiresAt: Date;
  readonly accessRevoked: boolean;
  /** Whether no committed change of the install has a cache key left to drop. */
  readonly isSettled: boolean;
}

/** What Postgres says of one access token, in one snapshot. */
export type TokenState = {
  /** What it hangs below, whether or not it is active: its app, that app's owner, its target, for `self` its user. Empty: unknown. */
  readonly stamps: readonly StampRef[];
} & (
  | { readonly inactive: 'unknown' | 'revoked' | 'suspended' | 'user_not_member' }
  | {
      readonly inactive?: never;
      readonly clientId: string;
      readonly installId: string;
      readonly organization: { readonly id: number; readonly subdomain: string };
      readonly actorMode: ActorMode;
      readonly userId: number;
      /** In catalog order, cut to what the app declares now. */
      readonly grantedScopes: readonly string[];
      /** For `self`: the role of this moment. */
      readonly role: Role | undefined;
      readonly issuedAt: Date;
      readonly expiresAt: Date;
    }
);

export interface TokenStore {
  /** Inserts the pair, and the audit event of the grant that it is issued for. */
  issuePair(pair: NewPair, entry: GrantEntry): Promise<void>;
  /** Ends the pair as refreshed and says what its install grants; undefined for everybody but the one caller that did. */
  redeemPair(pairId: number, now: Date): Promise<InstallGrant | undefined>;
  /** Ends the live pair of an install, if there is one. */
  endLivePair(installId: string, reason: EndReason, now: Date): Promise<void>;
  /** Ends the live pair of an install if it descends from this code; true if it did. */
  endPairOfCode(installId: string, codeId: number, reason: EndReason, now: Date): Promise<boolean>;
  /** Kills the access token of a live pair alone; true for the one caller that did. */
  revokeAccess(pairId: number, now: Date): Promise<boolean>;
  /** Also an ended pair. */
  findByRefresh(hash: CredentialHash): Promise<TokenPair | undefined>;
  findByAccess(hash: CredentialHash): Promise<TokenPair | undefined>;
  findLivePair(installId: string): Promise<LivePair | undefined>;
  /** In the order of the hashes, at most 500; one statement, one snapshot, on a primary. */
  statesOf(accessHashes: readonly CredentialHash[]): Promise<readonly TokenState[]>;
}
