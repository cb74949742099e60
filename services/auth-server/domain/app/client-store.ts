import type { CredentialHash } from '#common/credentials/hash.ts';
import type { AuthorizationCode } from '../token/code-store.ts';
import type { TokenPair } from '../token/token-store.ts';

/** A credential that a client presents besides its own. */
export interface HashedCredential {
  readonly kind: 'authorization_code' | 'access_token' | 'refresh_token';
  readonly hash: CredentialHash;
}

/** An app that has authenticated as a client. */
export interface Client {
  /** Of the app. */
  readonly id: number;
  readonly clientId: string;
  readonly ownerId: number;
}

/** A client that has authenticated, and what lies under the credential that it presents, which may be another client's. */
export interface FoundClient {
  readonly client: Client;
  readonly code?: AuthorizationCode | undefined;
  readonly pair?: TokenPair | undefined;
}

export interface ClientStore {
  /** One statement. Undefined unless this secret of this client is valid; also a suspended app, not a deleted one. */
  find(
    clientId: string,
    secretHash: CredentialHash,
    presented: HashedCredential | undefined,
    now: Date,
  ): Promise<FoundClient | undefined>;
}
