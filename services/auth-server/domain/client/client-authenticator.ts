import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import type { Clock } from '#common/process/clock.ts';
import type { App } from '../app/app.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Database } from '../stores.ts';

/** What a client sent to say who it is (RFC 6749 section 2.3.1). */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
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

  /** The app, also a suspended one; `invalid_client` for an unknown client and a wrong secret alike. */
  async authenticate({ clientId, clientSecret }: ClientCredentials): Promise<App> {
    const now = new Date(this.#clock.now());
    const app = this.#format.isWellFormed('client_secret', clientSecret)
      ? await this.#database.stores.apps.findBySecret(clientId, hashCredential(clientSecret), now)
      : undefined;
    if (app === undefined) throw new OAuthError('invalid_client', 'unknown client or wrong client secret');
    return app;
  }
}
