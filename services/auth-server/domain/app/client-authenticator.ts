import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Database } from '../stores.ts';
import type { FoundClient, HashedCredential } from './client-store.ts';

/** The client credentials of a request (RFC 6749 section 2.3.1). */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A code or token as it was sent, and the kinds that the endpoint accepts. */
export interface PresentedCredential {
  readonly text: string;
  readonly kinds: readonly HashedCredential['kind'][];
}

/** Authenticates clients, before any code or token is used. */
export class ClientAuthenticator {
  readonly #database: Database;
  readonly #format: CredentialFormat;
  readonly #clock: Clock;

  constructor(database: Database, format: CredentialFormat, clock: Clock) {
    this.#database = database;
    this.#format = format;
    this.#clock = clock;
  }

  /**
   * Finds the client and the code or token that it presents, in one query. Accepts suspended apps. The error is the same for
   * an unknown client and a wrong secret.
   */
  async authenticate(
    { clientId, clientSecret }: ClientCredentials,
    presented: PresentedCredential | undefined,
  ): Promise<FoundClient> {
    const now = new Date(this.#clock.now());
    const found = this.#format.isWellFormed('client_secret', clientSecret)
      ? await this.#database.stores.clients.find(
          clientId,
          hashCredential(clientSecret),
          presented && this.#parse(presented),
          now,
        )
      : undefined;
    if (found === undefined) throw new OAuthError('invalid_client', 'unknown client or wrong client secret');
    return found;
  }

  /** Undefined if the text has the format of none of the kinds. */
  #parse({ text, kinds }: PresentedCredential): HashedCredential | undefined {
    const kind = kinds.find((each) => this.#format.isWellFormed(each, text));
    return kind && { kind, hash: hashCredential(text) };
  }
}
