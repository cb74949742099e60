import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Database } from '../stores.ts';
import type { FoundClient, HashedCredential } from './client-store.ts';

/** What a client sent to say who it is (RFC 6749 section 2.3.1). */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A code or token as it was sent, and what it may be where it was sent. */
export interface PresentedCredential {
  readonly text: string;
  readonly kinds: readonly HashedCredential['kind'][];
}

/** Finds out which app calls. Happens before any code or token is touched. */
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
   * The app, also a suspended one, and what lies under the code or token that it presents, in one look-up; `invalid_client`
   * for an unknown client and a wrong secret alike.
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

  /** Undefined for text that is none of them. */
  #parse({ text, kinds }: PresentedCredential): HashedCredential | undefined {
    const kind = kinds.find((each) => this.#format.isWellFormed(each, text));
    return kind && { kind, hash: hashCredential(text) };
  }
}
