import type { CredentialHash } from '#common/credentials/hash.ts';
import type { ActorMode } from '#common/scopes/algebra.ts';

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
  /** True for the one caller that gets it: it was outstanding and not expired. */
  consume(codeId: number, hash: CredentialHash, now: Date): Promise<boolean>;
  voidOutstanding(selection: CodeSelection, now: Date): Promise<void>;
}
