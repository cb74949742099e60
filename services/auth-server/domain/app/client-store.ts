import type { CredentialHash } from '#common/credentials/hash.ts';
import type { AppId, OrganizationId, SecretId } from '../ids.ts';
import type { AuthorizationCode } from '../token/code-store.ts';
import type { TokenPair } from '../token/token-store.ts';

/** The hash of a code or token that a client presents. */
export interface HashedCredential {
  readonly kind: 'authorization_code' | 'access_token' | 'refresh_token';
  readonly hash: CredentialHash;
}

export interface Client {
  readonly id: AppId;
  readonly clientId: string;
  readonly ownerId: OrganizationId;
  readonly secretId: SecretId;
}

/** An authenticated client, and the code or token pair that it presents, which may have been issued to another client. */
export interface FoundClient {
  readonly client: Client;
  readonly code?: AuthorizationCode | undefined;
  readonly pair?: TokenPair | undefined;
}

export interface ClientStore {
  /** Undefined unless the secret is valid for the client. Finds suspended apps, not deleted ones. Takes one statement. */
  find(
    clientId: string,
    secretHash: CredentialHash,
    presented: HashedCredential | undefined,
    now: Date,
  ): Promise<FoundClient | undefined>;
}
