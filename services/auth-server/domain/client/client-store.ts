import type { CredentialHash } from '#common/credentials/hash.ts';
import type { App } from '../app/app.ts';
import type { AuthorizationCode } from '../code/code-store.ts';
import type { TokenPair } from '../token/token-store.ts';

/** A credential that a client presents besides its own. */
export interface Presented {
  readonly kind: 'authorization_code' | 'access_token' | 'refresh_token';
  readonly hash: CredentialHash;
}

/** A client that has authenticated, and what lies under the credential that it presents, which may be another client's. */
export interface FoundClient {
  readonly client: App;
  readonly code?: AuthorizationCode | undefined;
  readonly pair?: TokenPair | undefined;
}

export interface ClientStore {
  /** One round trip. Undefined unless this secret of this client is valid; also a suspended app, not a deleted one. */
  find(
    clientId: string,
    secretHash: CredentialHash,
    presented: Presented | undefined,
    now: Date,
  ): Promise<FoundClient | undefined>;
}
